"""What a system message begins with, parted as decoder/lookup/system-parts.ts does it, and questions that it answers."""

import re

ASKED = {
    "address": [
        "where are you", "where are you located", "what is your address", "where do i find you", "how do i find you", "where can i find you", "address please",
        "where exactly are you", "what's the address", "where is it", "where do i have to go", "which street are you in", "where should i come to", "your address",
        "where are you based", "i am lost, where are you", "can you tell me where you are",
    ],
    "town": ["where are you", "which town are you in", "in what town are you", "where are you located", "what town is this in", "where are you based", "are you in a town i know"],
    "phone": ["what is your phone number", "how can i call you", "what number do i call", "do you have a telephone number", "your phone number", "can i phone you", "number to call"],
}  # fmt: skip
ANSWERS = {"address": "You find us at {}.", "town": "We are in {}.", "phone": "You can call us on {}."}
TOLD = re.compile(r"\b(?:address|located|find us|where are you|phone|call|telephone)\b", re.I)

SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"(]?[A-Z0-9])")
ABBREVIATION = re.compile(r"(?:^|\s)(?:Mr|Mrs|Ms|Dr|St|No|Prof|Mt|Ave|Rd|[A-Z])\.$")
LEANING = re.compile(r"(?:it|its|they|them|their|this|that|these|those|he|she|otherwise|then|after that|without (?:it|one)|in that case|both|each|if (?:not|so))\b", re.I)
WHO_SPEAKS = re.compile(r"(?:you (?:are|help|answer|work)|you're|your name is|act as|i am|i'm)\b", re.I)


def parted(text: str) -> tuple[str, list[str]]:
    """The first sentence with those after it that say who speaks, and what else stands there, as units."""
    sentences: list[str] = []
    for part in SENTENCE_END.split(text):
        if sentences and ABBREVIATION.search(sentences[-1]):
            sentences[-1] += f" {part}"
        else:
            sentences.append(part)
    said = 1
    while said < len(sentences) and WHO_SPEAKS.match(sentences[said]):
        said += 1
    units: list[str] = []
    for sentence in sentences[said:]:
        if units and LEANING.match(sentence):
            units[-1] += f" {sentence}"
        else:
            units.append(sentence)
    return " ".join(sentences[:said]), units
