"""The evaluation's questions: kinds of facts and wordings that training never sees, about places invented for it."""

import random
from dataclasses import dataclass
from pathlib import Path

from generators import noise, talk_types
from generators.dialogue import Dialogue
from generators.exchange import Exchange, ExchangeMaker
from generators.fact_types import HELD_OUT_FILE, FactType
from generators.place import Place
from generators.talk_types import Talk

LENGTHS = {"short": (1, 4), "middle": (5, 9), "long": (12, 18)}
LONGEST_WORDS = 300
HANDWRITTEN = Path(__file__).parent / "handwritten"


# Kinds of talk whose answers also do for another: "are you happy" may be told how it is doing.
ALSO = {
    "who": ["name"], "name": ["who"], "blame": ["puzzled"], "puzzled": ["blame"],
    "feelings": ["howareyou"], "human": ["maker"], "maker": ["human", "who"],
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """Exchanges are put to the model one after another with its own answers between; only the last is judged."""

    group: str
    length: str
    dialogue: Dialogue
    place: Place | None
    also: tuple[str, ...] = ()
    """Answers that are as good as the last exchange's."""


def handwritten_places() -> list[Case]:
    """A follow-up comes after the question above it, everything else stands alone."""
    cases: list[Case] = []
    system, before = "", []
    for line in (HANDWRITTEN / "places.txt").read_text(encoding="utf-8").splitlines():
        mark, text = line[:2].strip(), line[2:].strip()
        if line.startswith("@ "):
            system = text
        elif mark in ("?", "+", "!"):
            ask, _, span = text.partition(" = ")
            group = {"?": "grounded", "+": "follow-up", "!": "unknown"}[mark]
            exchange = Exchange(group, ask, span, tuple((w,) for w in span.split("|")) if span else ())
            before = [*before[-1:], exchange] if mark == "+" else [exchange]
            cases.append(Case(f"{group} by hand", "", Dialogue(system, before), None))
        elif line and not line.startswith("# "):
            system += "\n" + line
    return cases


class HeldOut:
    def __init__(self, data: Path, seed: int = 20251125):
        self.maker = ExchangeMaker(data, otherwise=0)
        self.rng = random.Random(seed)

    def place(self, length: str, types: list[FactType]) -> Place:
        while True:
            place = self.maker.places.make(self.rng, self.rng.randint(*LENGTHS[length]), held_out=types)
            if len(place.system.split()) <= LONGEST_WORDS:
                return place

    def cases(self, count: int) -> list[Case]:
        """`count` of each group: grounded-types, grounded-wordings, follow-up, unknown; then talk, as much as it has, and sixth turns."""
        makers = [self.grounded_type, self.grounded_wording, self.follow_up, self.unknown]
        cases = [make(length) for make in makers for _ in range(count // 3) for length in LENGTHS]
        return cases + self.talk(count) + handwritten_places() + self.handwritten_talk() + [self.sixth_turn() for _ in range(count // 3)]

    def style(self) -> str:
        return noise.style(self.rng)

    def grounded_type(self, length: str) -> Case:
        """A kind of fact that training has not seen."""
        type_ = self.rng.choice(self.maker.types[HELD_OUT_FILE])
        return self.ask_for(type_, length, "grounded-types")

    def grounded_wording(self, length: str) -> Case:
        """A known kind of fact, asked for in words that training has not seen."""
        pool = [t for ts in self.maker.types.values() for t in ts if t.held_out.ask]
        return self.ask_for(self.rng.choice(pool), length, "grounded-wordings")

    def ask_for(self, type_: FactType, length: str, group: str) -> Case:
        while True:
            place = self.place(length, [type_])
            facts = [f for f in place.facts if f.type.name == type_.name and f.spans]
            same_topic = [f for f in place.facts if f.type.topic == type_.topic and f.type.name != type_.name]
            if facts and not same_topic:
                exchange = self.maker.grounded(self.rng, self.rng.choice(facts), self.style(), held_out=True)
                return Case(group, length, Dialogue(place.system, [exchange]), place)

    def follow_up(self, length: str) -> Case:
        """Half of them about kinds that training has not seen, half with unseen first questions."""
        files = [HELD_OUT_FILE] if self.rng.random() < 0.5 else [f for f in self.maker.types if f != HELD_OUT_FILE]
        type_ = self.rng.choice([t for f in files for t in self.maker.types[f] if t.by and t.trained.then])
        while True:
            place = self.place(length, [type_])
            facts = [f for f in place.facts if f.type.name == type_.name and f.spans]
            same_topic = [f for f in place.facts if f.type.topic == type_.topic and f.type.name != type_.name]
            if len(facts) > 1 and not same_topic:
                first, second = self.rng.sample(facts, 2)
                style = self.style()
                asked = [
                    self.maker.grounded(self.rng, first, style, held_out=True),
                    self.maker.grounded(self.rng, second, style, then=True),
                ]
                return Case("follow-up", length, Dialogue(place.system, asked), place)

    def sixth_turn(self) -> Case:
        """Five questions for known facts, and then one of a kind that training has not seen."""
        while True:
            place = self.place("long", self.maker.types[HELD_OUT_FILE][: self.rng.randint(1, 20)][-1:])
            last = [f for f in place.facts if f.type.file == HELD_OUT_FILE and f.spans]
            known = [f for f in place.facts if f.type.file != HELD_OUT_FILE and f.spans and f.type.topic not in {t.type.topic for t in last}]
            if last and len(known) >= 5:
                style = self.style()
                asked = [self.maker.grounded(self.rng, fact, style) for fact in self.rng.sample(known, 5)]
                exchange = self.maker.grounded(self.rng, self.rng.choice(last), style, held_out=True)
                return Case("sixth turn", "", Dialogue(place.system, [*asked, exchange]), place)

    def unknown(self, length: str) -> Case:
        """Half of them ask for kinds that training has not seen, half in words that it has not seen."""
        pool = self.maker.types[HELD_OUT_FILE] if self.rng.random() < 0.5 else [t for ts in self.maker.types.values() for t in ts if t.held_out.ask]
        place = self.place(length, [])
        exchange = self.maker.unknown(self.rng, place, self.style(), pool, held_out=True)
        return Case("unknown", length, Dialogue(place.system, [exchange]), place)

    def talk(self, count: int) -> list[Case]:
        cases = []
        for file in ("courtesy", "identity", "elsewhere", "action"):
            for number in range(min(count, 100)):
                place = self.place("short" if number % 2 else "middle", []) if file == "action" or number % 3 else None
                kind = self.rng.choice(self.maker.talk[file])
                exchange = self.maker.say(self.rng, file, place, self.style(), held_out=True, kinds=[kind.name])
                cases.append(self.said(file, exchange, kind, place))
        return cases

    def handwritten_talk(self) -> list[Case]:
        """Small talk as it was typed, two of three times on a site that has facts."""
        kinds = {t.name: t for ts in self.maker.talk.values() for t in ts}
        cases = []
        for talk in talk_types.read_file(HANDWRITTEN / "talk.txt"):
            for number, ask in enumerate(talk.trained):
                place = self.place("short" if number % 2 else "middle", []) if number % 3 else None
                kind = kinds[talk.name]
                exchange = Exchange(kind.file, ask, self.maker.answer_to(self.rng, kind, place))
                cases.append(self.said(f"{kind.file} by hand", exchange, kind, place))
        return cases

    def said(self, group: str, exchange: Exchange, kind: Talk, place: Place | None) -> Case:
        """With the answers that do as well; an assistant without a name need not say whose it is."""
        system = place.system if place else ""
        kinds = [t for ts in self.maker.talk.values() for t in ts if t is kind or t.name in ALSO.get(kind.name, ())]
        nameless = place if place and place.me else None
        also = dict.fromkeys(self.maker.answer_to(self.rng, t, at) for t in kinds for at in (place, nameless))
        return Case(group, "", Dialogue(system, [exchange]), place, tuple(text for text in also if text != exchange.answer))
