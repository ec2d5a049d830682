"""Questions and the facts that answer them, without a dialogue around: what matching.py learns from."""

import random
from collections.abc import Iterator

from . import noise
from .dialogue import DialogueMaker

FACTS, OF_ONE_PLACE = 12, 8
KINDS, FAQ = 0.2, 0.08  # shares of places of facts/*.txt and of faq.py; the others are pages


def pairs(maker: DialogueMaker, rng: random.Random) -> Iterator[tuple[str, str]]:
    """(question, fact) without end, up to OF_ONE_PLACE of a place one after another, so that some facts are near to each other."""
    exchanges = maker.exchanges
    while True:
        draw = rng.random()
        page = None if draw < KINDS else rng.choice(maker.faq) if maker.faq and draw < KINDS + FAQ else rng.choice(exchanges.pages)
        place = exchanges.places.make(rng, FACTS, page=page)
        style = noise.style(rng)
        facts = list({fact.stated: fact for fact in place.facts if fact.spans}.values())
        for fact in rng.sample(facts, min(len(facts), OF_ONE_PLACE)):
            yield exchanges.grounded(rng, fact, style).ask, fact.stated
