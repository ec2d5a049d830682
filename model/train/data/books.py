"""More children's books beside those of the data folder: plain text files as Project Gutenberg has them, in the public domain.

The shipped model has read 35 by the same writers, or of the same kind (GITenberg/NAME_NUMBER, NUMBER.txt); the model card names them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from .sources import normalise

BETWEEN = re.compile(r"\*\*\* ?START OF TH.*?\*\*\*(.*?)\*\*\* ?END OF TH", re.S)
ROW = 1500  # characters at which a row ends with its paragraph
SHORTEST = 40  # of a paragraph; shorter ones are mostly headings
SHARED = 10  # words in a row: a text that has as many in common with a held-out one is left out


def read(folder: Path, held_out: list[str]) -> list[str]:
    """Texts of about the same length as the data folder's."""
    kept = {run for text in held_out for run in runs(text)}
    texts = (text for file in sorted(folder.glob("*.txt")) for text in rows(file.read_text(encoding="utf-8", errors="ignore")))
    return [text for text in texts if kept.isdisjoint(runs(text))]


def rows(book: str) -> Iterator[str]:
    between = BETWEEN.search(book.replace("\r\n", "\n"))
    row = ""
    for paragraph in re.split(r"\n{2,}", between[1] if between else ""):
        text = normalise(" ".join(paragraph.split()).replace("_", ""))
        if len(text) < SHORTEST or text[-1] not in ".!?\"'" or not text.isascii():
            continue
        row += f"\n\n{text}" if row else text
        if len(row) > ROW:
            yield row
            row = ""


def runs(text: str) -> set[str]:
    words = re.findall(r"[a-z]+", text.lower())
    return {" ".join(words[i : i + SHARED]) for i in range(len(words) - SHARED + 1)}
