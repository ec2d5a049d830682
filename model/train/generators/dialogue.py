"""Whole dialogues about an invented place: questions that its facts answer, that they do not, follow-ups and small talk."""

import random
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from data import sources

from . import faq, intents, noise, overlap
from .excerpts import Excerpts
from .exchange import ANSWERED, UNKNOWN, Exchange, ExchangeMaker
from .fact import Fact
from .pages import Page
from .place import Place

INTRODUCED = 0.3  # of the dialogues about a place whose introduction tells where it is begin with that question
OF_FAQ, OF_INTENTS = 0.11, 0.04  # of the dialogues are about what faq.py and intents.py read
MIXED = 0.15  # kinds as alike as that do not meet on a page made of several


@dataclass
class Dialogue:
    system: str
    exchanges: list[Exchange] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    """As the system message states them, those that are not asked for too."""
    intro: str = ""
    units: tuple[str, ...] = ()
    """As in Place."""
    sorry: str = ""
    """What is said to what it does not know."""

    def unit_of(self, exchange: Exchange) -> str:
        """The unit that holds the fact that answers it, or ""."""
        return next((unit for unit in self.units if exchange.stated and exchange.stated in unit), "")

    def messages(self) -> list[dict]:
        turns = [{"role": "system", "content": self.system}] if self.system else []
        for e in self.exchanges:
            turns += [{"role": "user", "content": e.ask}, {"role": "assistant", "content": e.answer}]
        return turns


class DialogueMaker:
    """asked: folder with what people really ask, see faq.py and intents.py; without it, that part is left out."""

    def __init__(self, data: Path, asked: Path | None = None):
        self.exchanges = ExchangeMaker(data)
        # A fact that a page and its swapped copy both have keeps the neighbour of the page as written, so that is put in last.
        self.next_to = {id(a): b for page in reversed(self.exchanges.pages) for a, b in pairwise(page.types)}
        self.faq: list[Page] = []
        self.intents: list[Page] = []
        if asked:
            self.faq = faq.read(asked / faq.FILE)
            by_intent = intents.read(asked)
            self.intents = intents.pages(by_intent)
            intents.widen(self.exchanges.talk, by_intent)
        self.excerpts = Excerpts([d for d in sources.read(data, "children-books", "train")[::4] if isinstance(d, str)])

    def make(self, rng: random.Random) -> Dialogue:
        if rng.random() < 0.16:
            return self.without_facts(rng)
        if rng.random() < 0.05:
            return self.excerpt(rng)
        count = rng.choices([rng.randint(1, 3), rng.randint(3, 6), rng.randint(6, 11), rng.randint(12, 22)], [22, 33, 28, 17])[0]
        page = None
        if (draw := rng.random()) < 0.7 and self.exchanges.pages:
            real = self.faq if draw < OF_FAQ else self.intents if draw < OF_FAQ + OF_INTENTS else []
            page = rng.choice(real or self.exchanges.pages) if draw < 0.5 else self.mixed_page(rng)
        place = self.exchanges.places.make(rng, count, page=page)
        dialogue = Dialogue(place.system, facts=[f.stated for f in place.facts], intro=place.intro, units=place.units, sorry=self.exchanges.sorry(rng, place))
        style = noise.style(rng)
        turns = rng.randint(4, 8) + rng.randint(0, min(count, 12)) // (1 if page else 2)
        asked: list[Fact] = []
        if rng.random() < 0.2:
            dialogue.exchanges.append(self.exchanges.say(rng, "courtesy", place, style, kinds=["hello", "howareyou", "question"]))
        if rng.random() < INTRODUCED and (exchange := self.exchanges.introduced(rng, place, style)):
            dialogue.exchanges.append(exchange)
        while len(dialogue.exchanges) < turns:
            kind = rng.choices(["grounded", "unknown", "elsewhere", "identity", "courtesy", "action"], [58, 23, 5, 10, 7, 4])[0]
            if kind == "grounded":
                self.add_grounded(rng, dialogue, place, page, asked, style)
            elif kind == "unknown":
                dialogue.exchanges.append(self.exchanges.unanswered(rng, place, page, style))
            else:
                dialogue.exchanges.append(self.exchanges.say(rng, kind, place, style, kinds=["thanks", "ok", "puzzled", "praise", "blame"] if kind == "courtesy" else None))
        if rng.random() < 0.2:
            dialogue.exchanges.append(self.exchanges.say(rng, "courtesy", place, style, kinds=["bye", "thanks"]))
        return dialogue

    def mixed_page(self, rng: random.Random) -> Page:
        """Facts of several pages side by side, so that none is known by its company."""
        drawn = rng.sample(self.exchanges.pages, 3)
        page = Page(drawn[0].intro)
        for other in drawn:
            start = rng.randrange(len(other.types))
            run = other.types[start : start + rng.randint(2, 5)]
            if all(self.exchanges.likeness.of(a, b) < MIXED for a in run for b in page.types):
                page.types += run
        return page

    def add_grounded(self, rng: random.Random, dialogue: Dialogue, place: Place, page: Page | None, asked: list[Fact], style: str) -> None:
        """A question for a fact not yet asked for, if there is one, and at times follow-ups to it."""
        answerable = [f for f in place.facts if f.spans]
        fresh = [f for f in answerable if f not in asked]
        if not answerable or (not fresh and rng.random() < 0.5):
            dialogue.exchanges.append(self.exchanges.unanswered(rng, place, page, style))
            return
        fact = rng.choice(fresh or answerable)
        asked.append(fact)
        exchange = self.exchanges.grounded(rng, fact, style)
        if page and rng.random() < 0.15 and (ask := overlap.ask(rng, self.exchanges.thesaurus, fact.stated, [f.stated for f in place.facts])):
            exchange.ask = noise.typed(rng, noise.opened(rng, ask), style)
        dialogue.exchanges.append(exchange)
        if fact.type.by and fact.type.trained.then and rng.random() < 0.08:
            dialogue.exchanges.append(self.exchanges.unknown_then(rng, place, fact, style))
            return
        self.add_page_follow_ups(rng, dialogue, place, fact, style)
        others = [f for f in answerable if f.type is fact.type and f is not fact]
        for other in rng.sample(others, min(len(others), 2)):
            if fact.type.trained.then and rng.random() < 0.7:
                asked.append(other)
                dialogue.exchanges.append(self.exchanges.grounded(rng, other, style, then=True))

    def add_page_follow_ups(self, rng: random.Random, dialogue: Dialogue, place: Place, fact: Fact, style: str) -> None:
        """At times one that goes on about the fact, and one about what stands next to it on the page, if the place states it or not."""
        if fact.type.trained.more and rng.random() < 0.7:
            ask = noise.typed(rng, rng.choice(fact.type.trained.more), style)
            dialogue.exchanges.append(Exchange("follow-up", ask, fact.answer, fact.spans, fact.stated, fact.entry))
        following = self.next_to.get(id(fact.type))
        if not following or not following.trained.then or rng.random() < 0.4:
            return
        if stated := [f for f in place.facts if f.type is following]:
            dialogue.exchanges.append(self.exchanges.grounded(rng, stated[0], style, then=True))
        elif all(self.exchanges.likeness.of(following, f.type) < ANSWERED for f in place.facts):
            ask = noise.typed(rng, rng.choice(following.trained.then), style)
            dialogue.exchanges.append(Exchange("unknown", ask, self.exchanges.sorry(rng, place)))

    def excerpt(self, rng: random.Random) -> Dialogue:
        system, turns = self.excerpts.make(rng, rng.choice(UNKNOWN).format(team="the team"))
        return Dialogue(system, [Exchange("excerpt", ask, answer) for ask, answer in turns])

    def without_facts(self, rng: random.Random) -> Dialogue:
        """A site that has told the assistant nothing, or only who it is."""
        place = self.exchanges.places.make(rng, 0) if rng.random() < 0.6 else None
        dialogue = Dialogue(place.system if place else "")
        style = noise.style(rng)
        if rng.random() < 0.6:
            dialogue.exchanges.append(self.exchanges.say(rng, "courtesy", place, style, kinds=["hello", "howareyou", "question"]))
        for kind in rng.choices(["identity", "elsewhere", "courtesy"], [5, 4, 2], k=rng.randint(2, 5)):
            dialogue.exchanges.append(self.exchanges.say(rng, kind, place, style, kinds=["thanks", "ok", "puzzled", "praise", "blame"] if kind == "courtesy" else None))
        if rng.random() < 0.5:
            dialogue.exchanges.append(self.exchanges.say(rng, "courtesy", place, style, kinds=["bye", "thanks"]))
        return dialogue
