"""What people really ask of banks and of assistants, a hundred ways for each thing that is meant: as pages, and as small talk.

Questions: banking77 (Casanueva et al. 2020; PolyAI-LDN/task-specific-datasets, banking_data/train.csv, CC BY 4.0) and clinc150
(Larson et al. 2019; clinc/oos-eval, data/data_full.json, CC BY 3.0). What a place says to them is our own: intents/pages.txt.
"""

import csv
import json
from pathlib import Path

from .fact_types import FactType, Wordings
from .pages import Page
from .smalltalk import add, plain
from .talk_types import Talk

FOLDER = Path(__file__).parent / "intents"
BANKING, CLINC = "banking77.csv", "clinc150.json"
LONGEST = 120  # characters of a question

Asked = dict[str, list[str]]
"""By data set ("b" or "c") and intent, the questions."""


def read(folder: Path) -> Asked:
    """From a folder with the two files, named as above."""
    with (folder / BANKING).open(encoding="utf-8", newline="") as file:
        rows = [("b " + row["category"], row["text"]) for row in csv.DictReader(file)]
    clinc = json.loads((folder / CLINC).read_text(encoding="utf-8"))
    rows += [("c " + intent, text) for part in ("train", "val") for text, intent in clinc[part]]
    asked: Asked = {}
    for intent, text in rows:
        ask = plain(" ".join(text.split()))
        if ask.isascii() and "{" not in ask and 2 < len(ask) < LONGEST and ask not in asked.setdefault(intent, []):
            asked[intent].append(ask)
    return asked


def lines(name: str) -> list[str]:
    return [line for line in (FOLDER / name).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def pages(asked: Asked) -> list[Page]:
    found: list[Page] = []
    for line in lines("pages.txt"):
        mark, text = line.split(" ", 1)
        if mark == "@":
            found.append(Page(text))
        else:
            intent, fact = text.split(": ", 1)
            found[-1].types.append(FactType("intents", f"intents {intent}", None, trained=Wordings(fact=[fact], ask=asked[intent])))
    return found


def widen(talk: dict[str, list[Talk]], asked: Asked) -> None:
    """Adds to each kind of talk what is asked for it."""
    meant = (line.split(": ", 1) for line in lines("talk.txt"))
    add(talk, ((kind, ask) for kind, intents in meant for intent in intents.split(", ") for ask in asked["c " + intent]))
