"""Whole dialogues about an invented place: questions that its facts answer, that they do not, follow-ups and small talk."""

import random
from dataclasses import dataclass, field
from pathlib import Path

from . import fact_types, noise, talk_types
from .fact_types import HELD_OUT_FILE, FactType
from .place import Fact, Place, PlaceMaker, fill
from .slots import COMPANIES, DISHES, THINGS, Slots, Value, Words, article

UNKNOWN = [
    "I am sorry, I do not know that. Please contact {team} directly.",
    "I am sorry, I do not have that information. Please contact {team} directly.",
]
INVENTIONS = "telephone,light bulb,steam engine,internet,zip,bicycle,microscope,radio,computer,aeroplane".split(",")
STARS = "moon,sun,Mars,Jupiter,Venus,Saturn,Milky Way,North Star".split(",")
SCIENCE = "gravity,photosynthesis,inflation,quantum physics,electricity,evolution,democracy,algebra,magnetism,philosophy,relativity,machine learning".split(",")
STUFF = "gold,water,iron,salt,glass,oxygen,mercury,plastic,silver,steel".split(",")
SPORTS = "football,tennis,cricket,chess,basketball,rugby,golf,hockey,volleyball,baseball".split(",")
LANGUAGES = "French,Spanish,Japanese,Latin,German,Chinese,Russian,Greek".split(",")


@dataclass
class Exchange:
    """One question and its answer. kind: grounded, follow-up, unknown, or the talk file's name ("elsewhere" …)."""

    kind: str
    ask: str
    answer: str
    spans: tuple[tuple[str, ...], ...] = ()


@dataclass
class Dialogue:
    system: str
    exchanges: list[Exchange] = field(default_factory=list)

    def messages(self) -> list[dict]:
        turns = [{"role": "system", "content": self.system}] if self.system else []
        for e in self.exchanges:
            turns += [{"role": "user", "content": e.ask}, {"role": "assistant", "content": e.answer}]
        return turns


class DialogueMaker:
    def __init__(self, data: Path):
        self.slots = Slots(Words(data))
        self.types = fact_types.read_all()
        self.talk = talk_types.read_all()
        self.places = PlaceMaker(self.types, self.slots)

    # One exchange of each kind.

    def grounded(self, rng: random.Random, fact: Fact, style: str, held_out: bool = False, then: bool = False) -> Exchange:
        t = fact.type
        asks = t.trained.then if then else t.held_out.ask if held_out and t.held_out.ask else t.trained.ask
        ask = fill(rng.choice(asks), fact.values, rng)
        ask = noise.typed(rng, ask if then else noise.opened(rng, ask, held_out), style)
        return Exchange("follow-up" if then else "grounded", ask, fact.answer, fact.spans)

    def unknown(self, rng: random.Random, place: Place, style: str, pool: list[FactType] | None = None, held_out: bool = False) -> Exchange:
        """A question that a visitor of this place might ask, but whose answer its facts do not hold."""
        entity = [f for f in place.facts if f.type.by and f.type.by != "day"]
        if pool is None and entity and rng.random() < 0.35:
            type_ = rng.choice(entity).type  # a known kind, of something that the facts do not name
        else:
            topics = {f.type.topic for f in place.facts}
            pool = pool or [t for file, ts in self.types.items() if file != HELD_OUT_FILE for t in ts]
            type_ = rng.choice([t for t in pool if t.topic not in topics])
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

    def sorry(self, rng: random.Random, place: Place) -> str:
        return rng.choice(UNKNOWN).format(team=place.shop or "the team")

    def say(self, rng: random.Random, file: str, place: Place | None, style: str, held_out: bool = False, kinds: list[str] | None = None) -> Exchange:
        talk = rng.choice([t for t in self.talk[file] if not kinds or t.name in kinds])
        ask = rng.choice(talk.held_out if held_out else talk.trained)
        shop = place.shop if place else ""
        own = {"me": (place and place.me) or "Edgewise", "office": f"the assistant of {shop}" if shop else "a small assistant on this website", "team": shop or "the team"}
        answer = rng.choice(talk.say)
        for name, text in own.items():
            answer = answer.replace(f"{{{name}}}", text)
        return Exchange(file, noise.typed(rng, fill(ask, self.world(rng), rng), style), answer)

    def world(self, rng: random.Random) -> dict[str, Value]:
        """Things that are no website's business."""
        pick = self.slots.words.pick
        values = {
            "country": pick(rng, "countries_with_capitals"), "book": rng.choice(["Hamlet", "Moby Dick", "Yesterday", "the Bible", "Faust", "Dracula"]),
            "invention": rng.choice(INVENTIONS), "star": rng.choice(STARS), "science": rng.choice(SCIENCE), "stuff": rng.choice(STUFF),
            "sport": rng.choice(SPORTS), "language": rng.choice(LANGUAGES), "animal": pick(rng, "common").lower(), "town": pick(rng, "us_cities", "english_towns_cities"),
            "person": f"{pick(rng, 'firstNames')} {pick(rng, 'lastNames')}", "river": pick(rng, "rivers"), "company": f"{pick(rng, 'lastNames')} {rng.choice(COMPANIES)}",
            "year": str(rng.randint(1900, 2024)), "number": str(rng.randint(2, 99)), "number2": str(rng.randint(2, 99)), "dish": rng.choice(DISHES),
            "thing": article(rng.choice(THINGS)), "weekday": self.slots.draw(rng, "weekday").text, "tour": self.slots.draw(rng, "tour").text,
        }  # fmt: skip
        return {name: Value(text) for name, text in values.items()}

    # Dialogues to train on.

    def make(self, rng: random.Random) -> Dialogue:
        if rng.random() < 0.12:
            return self.without_facts(rng)
        count = rng.choices([rng.randint(1, 3), rng.randint(3, 6), rng.randint(6, 11), rng.randint(12, 22)], [38, 38, 18, 6])[0]
        place = self.places.make(rng, count)
        dialogue = Dialogue(place.system)
        style = noise.style(rng)
        turns = rng.randint(4, 8)
        asked: list[Fact] = []
        if rng.random() < 0.2:
            dialogue.exchanges.append(self.say(rng, "courtesy", place, style, kinds=["hello", "howareyou", "question"]))
        while len(dialogue.exchanges) < turns:
            kind = rng.choices(["grounded", "unknown", "elsewhere", "identity", "courtesy", "action"], [62, 16, 6, 7, 6, 3])[0]
            if kind == "grounded":
                self.add_grounded(rng, dialogue, place, asked, style)
            elif kind == "unknown":
                dialogue.exchanges.append(self.unknown(rng, place, style))
            else:
                dialogue.exchanges.append(self.say(rng, kind, place, style, kinds=["thanks", "ok", "puzzled", "praise", "blame"] if kind == "courtesy" else None))
        if rng.random() < 0.2:
            dialogue.exchanges.append(self.say(rng, "courtesy", place, style, kinds=["bye", "thanks"]))
        return dialogue

    def add_grounded(self, rng: random.Random, dialogue: Dialogue, place: Place, asked: list[Fact], style: str) -> None:
        """A question for a fact not yet asked for, if there is one, and at times follow-ups to it."""
        answerable = [f for f in place.facts if f.spans]
        if not answerable:
            dialogue.exchanges.append(self.unknown(rng, place, style))
            return
        fact = rng.choice([f for f in answerable if f not in asked] or answerable)
        asked.append(fact)
        dialogue.exchanges.append(self.grounded(rng, fact, style))
        others = [f for f in answerable if f.type is fact.type and f is not fact]
        for other in rng.sample(others, min(len(others), 2)):
            if fact.type.trained.then and rng.random() < 0.6:
                asked.append(other)
                dialogue.exchanges.append(self.grounded(rng, other, style, then=True))

    def without_facts(self, rng: random.Random) -> Dialogue:
        """A site that has told the assistant nothing, or only who it is."""
        place = self.places.make(rng, 0) if rng.random() < 0.4 else None
        dialogue = Dialogue(place.system if place else "")
        style = noise.style(rng)
        if rng.random() < 0.6:
            dialogue.exchanges.append(self.say(rng, "courtesy", place, style, kinds=["hello", "howareyou", "question"]))
        for kind in rng.choices(["identity", "elsewhere", "courtesy"], [5, 4, 2], k=rng.randint(2, 5)):
            dialogue.exchanges.append(self.say(rng, kind, place, style, kinds=["thanks", "ok", "puzzled", "praise", "blame"] if kind == "courtesy" else None))
        if rng.random() < 0.5:
            dialogue.exchanges.append(self.say(rng, "courtesy", place, style, kinds=["bye", "thanks"]))
        return dialogue
