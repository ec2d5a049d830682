"""A fact as a place states it, and what may be done to its words."""

import random
import re
from dataclasses import dataclass, replace

from .fact_types import SLOT, FactType
from .slots import Value

# First words that lose their capital inside a sentence.
LOWERED = {"We", "The", "Our", "You", "There", "On", "For", "Every", "In", "A", "An", "It", "Please", "To", "From", "With", "Free", "Questions", "Bringing"}


@dataclass(frozen=True)
class Fact:
    type: FactType
    values: dict[str, Value]
    stated: str
    """The answer to a question for it, and what a right answer must contain: all parts, each in one of its wordings."""
    answer: str
    spans: tuple[tuple[str, ...], ...]
    entry: str = ""
    """What of it is this fact's, where it states several at once."""


def fill(text: str, values: dict[str, Value], asked: random.Random | None = None) -> str:
    """Puts values into {slots}. With `asked`, a value may take another of the visitor's words for it."""

    def put(match: re.Match) -> str:
        name = match[1]
        value = values[name.lower()]
        word = asked.choice(value.asked) if asked and value.asked else value.text
        return word if name.islower() else word[0].upper() + word[1:]

    return re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", SLOT.sub(put, text))


def spans_in(type_: FactType, values: dict[str, Value], text: str) -> tuple[tuple[str, ...], ...]:
    """The span parts that `text` really holds; empty if a question for this wording has no answer in it."""
    if not type_.span:
        return ((text,),)
    low = text.lower()
    parts = [[values[s].text for s in re.findall(r"\w+", part)] for part in type_.span.split(";")]
    found = [tuple(w for w in part if w.lower() in low) for part in parts]
    return tuple(part for part in found if part)


def full_stop(text: str) -> str:
    return text if text[-1] in ".!?" else text + "."


THIRD_PERSON = {"have": "has", "are": "is", "offer": "offers", "open": "opens", "close": "closes", "do": "does", "accept": "accepts", "sell": "sells", "serve": "serves", "take": "takes", "teach": "teaches", "give": "gives", "keep": "keeps", "need": "needs", "charge": "charges", "deliver": "delivers", "send": "sends", "ask": "asks", "get": "gets", "cater": "caters", "repair": "repairs"}


def named(shop: str, text: str) -> str:
    """The place by its name: "We have a sauna." → "Fox Inn has a sauna."; other sentences are told to be of it."""
    first, _, rest = text.partition(" ")
    verb, _, more = rest.partition(" ")
    if first == "We" and verb in THIRD_PERSON:
        return f"{shop} {THIRD_PERSON[verb]} {more}"
    if first in ("We", "The", "Our", "You", "There", "A", "An", "It"):
        return f"At {shop} {first[0].lower()}{first[1:]} {rest}"
    return f"{shop}: {text}"


def named_in_each(rng: random.Random, shop: str, facts: list[Fact], blocks: list[tuple[str, str]]) -> tuple[list[Fact], list[tuple[str, str]]]:
    """Facts that all begin alike, so that their first words do not tell which of them is copied."""
    several = {f.stated for f in facts if f.entry}
    new = {text: named(shop, text) for text, form in blocks if form != "answers" and text not in several and rng.random() < 0.8}
    facts = [replace(f, stated=new[f.stated], answer=full_stop(new[f.stated])) if f.stated in new and f.answer == full_stop(f.stated) else f for f in facts]
    return facts, [(new.get(text, text), form) for text, form in blocks]


