"""One question and its answer: that the facts hold, that they do not, or small talk."""

import random
from dataclasses import dataclass
from pathlib import Path

from . import fact_types, introduction, noise, overlap, pages, smalltalk, talk_types, world
from .fact import Fact, fill, full_stop
from .fact_types import HELD_OUT_FILE, SLOT, FactType
from .likeness import Likeness, content_words, stems
from .pages import Page
from .place import Place, PlaceMaker
from .slots import Slots, Words
from .swap import Swapper
from .talk_types import Talk
from .thesaurus import Thesaurus

ANSWERED = 0.3  # kinds as alike as that may answer each other's questions
UNKNOWN = [
    "I am sorry, I do not know that. Please contact {team} directly.",
    "I am sorry, I do not have that information. Please contact {team} directly.",
]
# Asked where facts are told, they mean the place and not the program.
OF_THE_PLACE = {
    "where are you", "where do you sit", "in which country are you", "where are you located", "where do you work", "where do you stay", "where do you reside", "where are you right now",
    "in what town are you", "where can you be found", "where is your house", "where are you physically", "where in the world are you", "where is your home", "do you have a house",
}  # fmt: skip


@dataclass
class Exchange:
    """One question and its answer. kind: grounded, follow-up, unknown, or the talk file's name ("elsewhere" …)."""

    kind: str
    ask: str
    answer: str
    spans: tuple[tuple[str, ...], ...] = ()
    stated: str = ""
    """The fact that answers it, as the system message states it."""
    entry: str = ""
    """As in Fact."""


class ExchangeMaker:
    """otherwise: share of the questions that have a word replaced."""

    def __init__(self, data: Path, otherwise: float = 0.3):
        self.slots = Slots(Words(data))
        self.types = fact_types.read_all()
        self.talk = talk_types.read_all()
        smalltalk.widen(self.talk, data)
        self.pages = pages.read_all()
        swapper = Swapper(self.pages)
        self.pages += [swapper.page(random.Random(i), page) for i, page in enumerate(self.pages)]
        self.known = [t for file, types in self.types.items() if file != HELD_OUT_FILE for t in types]
        self.asked = OF_THE_PLACE | {ask for t in self.known for ask in t.trained.ask}
        self.thesaurus = Thesaurus()
        self.otherwise = otherwise
        self.likeness = Likeness([*self.known, *(t for page in self.pages for t in page.types)])
        self.places = PlaceMaker(self.types, self.slots, self.likeness)

    def grounded(self, rng: random.Random, fact: Fact, style: str, held_out: bool = False, then: bool = False) -> Exchange:
        t = fact.type
        asks = t.trained.then if then else t.held_out.ask if held_out and t.held_out.ask else t.trained.ask
        ask = fill(rng.choice(asks), fact.values, rng)
        if rng.random() < self.otherwise:
            ask = self.thesaurus.said_otherwise(rng, ask)
        ask = noise.typed(rng, ask if then else noise.opened(rng, ask, held_out), style)
        return Exchange("follow-up" if then else "grounded", ask, fact.answer, fact.spans, fact.stated, fact.entry)

    def unknown(self, rng: random.Random, place: Place, style: str, pool: list[FactType] | None = None, held_out: bool = False) -> Exchange:
        """A question that a visitor of this place might ask, but whose answer its facts do not hold."""
        entity = [f for f in place.facts if f.type.by and f.type.by != "day"]
        if pool is None and entity and rng.random() < 0.35:
            type_ = rng.choice(entity).type  # a known kind, of something that the facts do not name
        else:
            topics = {f.type.topic for f in place.facts}
            type_ = self.unlike_all(rng, [t for t in pool or self.known if t.topic not in topics], place)
        values = self.places.draw(rng, type_)
        for fact in rng.sample(place.facts, len(place.facts)):
            # The same thing asked for in another respect: the price of what only has a place in the facts.
            if type_.by and fact.type.by == type_.by and fact.type.topic != type_.topic and rng.random() < 0.5:
                values[type_.by] = fact.values[type_.by]
        if type_.by and type_ in [f.type for f in place.facts]:
            known = " ".join(f.stated for f in place.facts if f.type is type_).lower()
            while values[type_.by].text.lower() in known:
                values = self.places.draw(rng, type_)
        asks = type_.held_out.ask if held_out and type_.held_out.ask else type_.trained.ask
        ask = noise.opened(rng, fill(rng.choice(asks), values, rng), held_out)
        return Exchange("unknown", noise.typed(rng, ask, style), self.sorry(rng, place))

    def unlike_all(self, rng: random.Random, pool: list[FactType], place: Place) -> FactType:
        """A kind whose questions no fact of the place answers; of a few, the one most like one of them, as that is hard to tell."""
        stated = {id(f.type): f.type for f in place.facts}.values()
        found: list[tuple[float, FactType]] = []
        for _ in range(60):
            type_ = rng.choice(pool)
            alike = max((self.likeness.of(type_, t) for t in stated), default=0.0)
            if alike < ANSWERED:
                found.append((alike, type_))
            if len(found) == 4:
                break
        if not found:
            return rng.choice(pool)
        return max(found, key=lambda pair: pair[0])[1] if rng.random() < 0.5 else found[0][1]

    def unknown_then(self, rng: random.Random, place: Place, fact: Fact, style: str) -> Exchange:
        """A follow-up about something of which the facts do not speak."""
        told = place.system.lower()
        for _ in range(20):
            values = self.places.draw(rng, fact.type)
            if not any(w.lower() in told for w in (values[fact.type.by].text, *values[fact.type.by].asked)):
                ask = fill(rng.choice(fact.type.trained.then), values, rng)
                return Exchange("unknown", noise.typed(rng, ask, style), self.sorry(rng, place))
        return self.unknown(rng, place, style)

    def introduced(self, rng: random.Random, place: Place, style: str) -> Exchange | None:
        """A question that the introduction answers and no fact does, if it is such a one."""
        if not place.told or any(introduction.TOLD.search(text) for f in place.facts for text in (f.stated, *f.type.trained.ask)):
            return None
        slot, told = place.told[0] if rng.random() < 0.8 else rng.choice(place.told)
        ask = noise.typed(rng, noise.opened(rng, rng.choice(introduction.ASKED[slot])), style)
        unit = next((unit for unit in place.units if told in unit), "")
        return Exchange("grounded", ask, full_stop(unit) if unit else introduction.ANSWERS[slot].format(told), ((told,),), unit)

    def unanswered(self, rng: random.Random, place: Place, page: Page | None, style: str) -> Exchange:
        return self.left_out(rng, place, page, style) if page else self.unknown(rng, place, style)

    def left_out(self, rng: random.Random, place: Place, page: Page, style: str) -> Exchange:
        """A question for what this page does not say, or what the dialogue has left out of it."""
        if rng.random() < 0.2:
            told = set(stems(place.system))
            other = rng.choice(rng.choice(self.pages).types).trained.fact[0]
            absent = [w for w in content_words(SLOT.sub(" ", other), overlap.LEAST) if not told & self.thesaurus.stems_around(w)]
            if len(absent) > 1:
                ask = overlap.framed(rng, [self.thesaurus.instead(rng, w, told) if rng.random() < 0.5 else w for w in absent])
                return Exchange("unknown", noise.typed(rng, ask, style), self.sorry(rng, place))
        stated = {id(f.type): f.type for f in place.facts}.values()
        missing = [t for t in page.types if all(self.likeness.of(t, s) < ANSWERED for s in stated)]
        if page.unknown and rng.random() < 0.5:
            ask = rng.choice(page.unknown)
        elif missing:
            ask = rng.choice(rng.choice(missing).trained.ask)
        else:
            return self.unknown(rng, place, style)
        ask = fill(ask, self.places.values_in(rng, ask), rng)
        return Exchange("unknown", noise.typed(rng, noise.opened(rng, ask), style), self.sorry(rng, place))

    def sorry(self, rng: random.Random, place: Place) -> str:
        return rng.choice(UNKNOWN).format(team=place.shop or "the team")

    def say(self, rng: random.Random, file: str, place: Place | None, style: str, held_out: bool = False, kinds: list[str] | None = None) -> Exchange:
        talk = rng.choice([t for t in self.talk[file] if not kinds or t.name in kinds])
        asks = talk.held_out if held_out else talk.trained
        # "where are you" asks for the address of a place that has one.
        free = [a for a in asks if not (place and place.facts and a in self.asked)]
        ask = rng.choice(free or asks)
        return Exchange(file, noise.typed(rng, fill(ask, world.things(rng, self.slots), rng), style), self.answer_to(rng, talk, place))

    def answer_to(self, rng: random.Random, talk: Talk, place: Place | None) -> str:
        shop = place.shop if place else ""
        own = {"me": (place and place.me) or "Edgewise", "office": f"the assistant of {shop}" if shop else "a small assistant on this website", "team": shop or "the team"}
        answer = rng.choice(talk.say)
        for name, text in own.items():
            answer = answer.replace(f"{{{name}}}", text)
        return answer
