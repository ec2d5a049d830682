"""Reads pages/*.txt.xz: whole pages of invented places, written by hand. To change some, unpack them (`xz -d`); both forms are read.

    @ Nora's Bakery in {town}.      a page begins with its introduction
    - We bake from {open} on.       a fact, with slots as in facts/*.txt
    ? when does the first bread come      questions that the fact above answers, lower case and without a question mark
    ++ and the second               a short one that it answers after another question about it
    + and on sundays                a short one that it answers after a question about the fact before it
    ! do you sell flour             a question that no fact of the page answers
"""

import lzma
from dataclasses import dataclass, field
from pathlib import Path

from .fact_types import FactType, Wordings

FOLDER = Path(__file__).parent / "pages"


@dataclass
class Page:
    """A place's own facts, of which a dialogue takes some; a question for one that is left out has no answer."""

    intro: str
    types: list[FactType] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)


def read_file(path: Path) -> list[Page]:
    pages: list[Page] = []
    name = path.name.partition(".")[0]
    text = lzma.decompress(path.read_bytes()).decode() if path.suffix == ".xz" else path.read_text(encoding="utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        mark, text = line[:2].strip(), line[2:].strip()
        if not line.strip():
            continue
        if mark == "@":
            pages.append(Page(text))
        elif mark == "-" and pages:
            pages[-1].types.append(FactType(name, f"{name} {number}", None, trained=Wordings(fact=[text])))
        elif mark == "?" and pages and pages[-1].types:
            pages[-1].types[-1].trained.ask.append(text)
        elif mark in ("+", "++") and pages and pages[-1].types:
            wordings = pages[-1].types[-1].trained
            (wordings.then if mark == "+" else wordings.more).append(text)
        elif mark == "!" and pages:
            pages[-1].unknown.append(text)
        else:
            raise SystemExit(f"{path.name}, line {number}: not a line of a page: {line}")
    for page in pages:
        page.types = [t for t in page.types if t.trained.ask]
    return pages


def read_all() -> list[Page]:
    return [page for path in sorted(FOLDER.glob("*.txt*")) for page in read_file(path)]
