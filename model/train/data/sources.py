"""Reads the data folder's sources (NAME.train.jsonl.xz, NAME.eval.jsonl.xz) as documents.

A document is a list of messages, or a string of prose. Licences: see the model card. What is share-alike (CC BY-SA) is
named in SHARE_ALIKE and read only where asked for, so that the weights can have a licence of their own.
"""

import json
import lzma
import re
from collections.abc import Iterator
from pathlib import Path

Message = dict[str, str]
Document = list[Message] | str

# Share of the given text's tokens in the mixture. What is missing here is not read; smalltalk's wordings are in the
# invented dialogues, with our own answers (generators/smalltalk.py).
SHARES = {
    "sgd": 0.26, "star": 0.10, "self-dialogue": 0.20, "topical-chat": 0.13, "taskmaster4": 0.01,
    "reading": 0.06, "children-books": 0.36,
}  # fmt: skip
SHARE_ALIKE = {"sgd"}
SHARE_ALIKE_TOPICS = {"adversarial_qa", "kilt_tasks_hot"}  # of "reading"
QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\u2013": "-", "\u2014": "-", "\u2026": "..."})
VULGAR = re.compile(r"\b(fuck\w*|shit\w*|bitch\w*|cunt|asshole|nigg\w*|porn\w*|sex|sexy|rape\w*|dick|whore|slut)\b", re.I)
CAPITALISED = {"sgd", "star", "topical-chat", "self-dialogue"}


def normalise(text: str) -> str:
    return re.sub(r"[ \t]+", " ", text.translate(QUOTES)).strip()


def rows(folder: Path, name: str, part: str) -> Iterator[dict]:
    with lzma.open(folder / f"{name}.{part}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def to_document(row: dict, name: str, training: bool) -> Document | None:
    """One row as a document; None if it is not fit to train on."""
    if "text" in row:
        return normalise(row["text"])
    messages = [{"role": m["role"], "content": normalise(m["content"])} for m in row["messages"]]
    if name == "star" and row.get("facts"):
        messages.insert(0, {"role": "system", "content": normalise("\n".join(row["facts"]))})
    if not training:
        return messages
    whole = " ".join(m["content"] for m in messages)
    if VULGAR.search(whole) or any(ord(c) > 0x2FF for c in whole) or not all(m["content"] for m in messages):
        return None
    for m in messages:
        if name in CAPITALISED and m["role"] == "assistant":
            m["content"] = m["content"][0].upper() + m["content"][1:]
    return messages


def names(share_alike: bool) -> list[str]:
    return [name for name in SHARES if share_alike or name not in SHARE_ALIKE]


def read(folder: Path, name: str, part: str, share_alike: bool = True) -> list[Document]:
    free = (row for row in rows(folder, name, part) if share_alike or not SHARE_ALIKE_TOPICS & set(row.get("topic") or ()))
    documents = (to_document(row, name, part == "train") for row in free)
    return [d for d in documents if d is not None]
