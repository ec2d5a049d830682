"""Real questions and answers about hotels, restaurants and sights, as pages.

From the knowledge of the ninth Dialog System Technology Challenge, track 1 (alexa/alexa-with-dstc9-track1-dataset,
data_eval/knowledge.json, Apache-2.0): 668 places with some 18 questions and answers each.
"""

import json
from pathlib import Path

from .fact_types import FactType, Wordings
from .pages import Page

FILE = "knowledge.json"
KEPT = 10  # every tenth place is left out, to be asked about by whoever evaluates


def read(file: Path, kept: bool = False) -> list[Page]:
    """The places to train on, or those that are kept from it."""
    knowledge = json.loads(file.read_text(encoding="utf-8"))
    places = [(domain, place) for domain, of in sorted(knowledge.items()) for _, place in sorted(of.items())]
    pages = []
    for number, (domain, place) in enumerate(places):
        if (number % KEPT == 0) != kept:
            continue
        name = place["name"] or domain
        name = name.title() if name.isupper() else name
        page = Page(name.replace("{", "").replace("}", ""))
        for entry in place["docs"].values():
            ask, answer = entry["title"].strip(" ?."), " ".join(entry["body"].split())
            if 2 < len(ask.split()) < 25 and 2 < len(answer.split()) < 50 and (ask + answer).isascii() and "{" not in ask + answer:
                ask = ask if ask.startswith("I ") else ask[0].lower() + ask[1:]
                page.types.append(FactType("faq", f"faq-{number}-{len(page.types)}", None, trained=Wordings(fact=[answer], ask=[ask])))
        if len(page.types) > 2:
            pages.append(page)
    return pages
