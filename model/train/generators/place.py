"""An invented place (a shop, a hotel, an online service …) with its facts, and the system message that states them."""

import random
import re
from dataclasses import dataclass, replace

from . import introduction
from .fact import LOWERED, Fact, fill, full_stop, named_in_each, spans_in
from .fact_types import HELD_OUT_FILE, SLOT, FactType
from .layout import (
    FILLERS,
    HELD_OUT_INTROS,
    INTROS,
    RULES,
    lay_out_trained,
    lay_out_unseen,
    unit,
)
from .likeness import Likeness
from .lists import RANGE
from .pages import Page
from .slots import GOODS, Slots, Value

KINDS = "bakery,bookshop,cafe,restaurant,hotel,hair salon,gym,clinic,garage,museum,theatre,flower shop,toy shop,pharmacy,library,school,bike shop,tea house,camp site,boat club,music school,dental practice,online shop,zoo,cinema,gallery,youth hostel,pottery studio,pet shop,law office,climbing hall,wine bar,tailor,print shop,guest house".split(",")
NAME_HEADS = "Fern,Harbour,Blue,Old,Silver,Green,Copper,Sunny,River,Maple,North,Little,Golden,Stone,Willow,Amber,Red,White,Cedar,Lark,Fox,Otter,Juniper,Velvet,Marble,Wild,Bright,Quiet,Iron,Lime".split(",")
NAME_TAILS = "Lane,House,Corner,Mill,Garden,Barn,Door,Table,Anchor,Fable,Harbour,Leaf,Wheel,Lantern,Bridge,Point,Works,Nest,Kettle,Yard,Gate,Room,Field,Star,Path".split(",")
@dataclass(frozen=True)
class Place:
    shop: str
    me: str | None
    kind: str
    system: str
    facts: list[Fact]
    intro: str = ""
    units: tuple[str, ...] = ()
    """What the system message is made of behind the introduction, as the runtime parts it."""
    told: tuple[tuple[str, str], ...] = ()
    """What the introduction tells, as (address, town or phone; text)."""


GENERAL = ("general", "everyday", "anybody", "lines")  # facts that any place may state
# So often is a kind of such a file among what is chosen from: what visitors ask most, and lines that must be copied whole.
OFTEN = {"general": 4, "everyday": 3, "anything": 3, "lines": 20}
DOMAIN = 120  # at least so many times are the kinds of a domain in it, however few they are
TOO_ALIKE = 0.45


class PlaceMaker:
    def __init__(self, types: dict[str, list[FactType]], slots: Slots, likeness: Likeness):
        self.types, self.slots, self.likeness = types, slots, likeness
        self.domains = [f for f in types if f not in (*GENERAL, "anything", HELD_OUT_FILE)]

    def draw(self, rng: random.Random, type_: FactType) -> dict[str, Value]:
        return {slot: self.draw_own(rng, type_.own[slot]) if slot in type_.own else self.slots.draw(rng, slot) for slot in sorted(type_.slots)}

    def draw_own(self, rng: random.Random, values: list[str]) -> Value:
        text, *asked = rng.choice(values).split("~")
        return Value(fill(text.strip(), self.values_in(rng, text)), tuple(word.strip() for word in asked))

    def values_in(self, rng: random.Random, text: str) -> dict[str, Value]:
        """A value for each general slot of a text."""
        return {slot.lower(): self.slots.draw(rng, slot.lower()) for slot in SLOT.findall(text)}

    def choose_types(self, rng: random.Random, count: int) -> list[FactType]:
        pool = [t for f in (*GENERAL, "anything") for t in self.types[f] * OFTEN.get(f, 1)]
        for domain in rng.sample(self.domains, rng.randint(1, 2)):
            pool += self.types[domain] * max(1, round(DOMAIN / len(self.types[domain])))
        return self.unlike(rng, pool, count)

    def unlike(self, rng: random.Random, pool: list[FactType], count: int) -> list[FactType]:
        """Some of the pool, no two of which answer each other's questions."""
        chosen: list[FactType] = []
        for t in rng.sample(pool, len(pool)):
            if len(chosen) == count:
                break
            if all(t.topic != c.topic and self.likeness.of(t, c) < TOO_ALIKE for c in chosen):
                chosen.append(t)
        return chosen

    def make(self, rng: random.Random, count: int, held_out: list[FactType] | None = None, page: Page | None = None) -> Place:
        """A place with about `count` kinds of facts; `held_out` kinds are added for the evaluation. With a page, most are of it."""
        evaluating = held_out is not None
        if page:
            others = rng.choice([0, 0, 1, 2]) if count > 2 else 0
            own = rng.sample(page.types, min(count - others, len(page.types)))
            chosen = [*own, *(t for t in self.choose_types(rng, others) if all(self.likeness.of(t, o) < TOO_ALIKE / 2 for o in page.types))]
        else:
            chosen = self.choose_types(rng, count) + (held_out or [])
        if not page or rng.random() < 0.5:
            rng.shuffle(chosen)
        else:
            chosen.sort(key=lambda t: page.types.index(t) if t in page.types else len(page.types))
        layout = rng.choices(["text", "list", "answers", "mixed"], [5, 3, 1.5, 1.5])[0]
        facts: list[Fact] = []
        blocks: list[tuple[str, str]] = []
        for type_ in chosen:
            for text, form, new in self.state(rng, type_, layout, evaluating):
                facts += new
                blocks.append((text, form))
        shop = self.shop_name(rng)
        if layout == "text" and rng.random() < 0.4:
            facts, blocks = self.merge(rng, facts, blocks)
        elif layout in ("text", "list") and not page and not evaluating and rng.random() < 0.3:
            facts, blocks = named_in_each(rng, shop, facts, blocks)
        kind, town = rng.choice(KINDS), self.slots.draw(rng, "town").text
        intro = rng.choice(HELD_OUT_INTROS if evaluating and rng.random() < 0.5 else INTROS) if rng.random() < 0.92 else ""
        me = self.slots.draw(rng, "first").text if "{me}" in intro else None
        told = {"town": town} if "{town}" in intro else {}
        intro = intro.format(shop=shop, kind=kind, town=town, me=me)
        if page:
            shop, me, intro, told = self.introduce(rng, page, shop)
        first, others = introduction.parted(intro)
        for _ in range(rng.choices([0, 1, 2], [5, 3, 1])[0]):
            blocks.insert(rng.randint(0, len(blocks)), (rng.choice(FILLERS), "text"))
        if rng.random() < 0.2:
            blocks.append((rng.choice(RULES), "text"))
        lay_out = lay_out_unseen if evaluating and rng.random() < 0.5 else lay_out_trained
        return Place(shop if intro else "", me, kind, lay_out(rng, intro, blocks), facts, first, (*others, *(unit(text, form) for text, form in blocks)), tuple(told.items()))

    def introduce(self, rng: random.Random, page: Page, shop: str) -> tuple[str, str | None, str, dict[str, str]]:
        """Name, assistant's name and introduction of a page's place, and what that tells."""
        intro = page.intro.replace("{shop}", shop)
        values = self.values_in(rng, intro)
        intro = fill(intro, values)
        told = {name: values[name].text for name in introduction.ASKED if name in values}
        if len(intro.split()) < 6 and intro[-1] not in ".!":  # a name alone
            opening = rng.choice(["You are the assistant of {shop}.", "{shop}.", "Welcome to {shop}!", "{shop}", "You answer questions about {shop}.", "About {shop}:", "You help the visitors of {shop}."])
            return intro, None, opening.replace("{shop}", intro), told
        me = re.match(r"You are ([A-Z]\w+), ", intro)
        named = re.search(r"(?:assistant|helper|guide|voice|host|concierge|bot|desk) (?:of|for|at) ((?:[A-Z&][\w&'.-]*(?: |(?=[,.])))+)", intro) or re.match(r"((?:[A-Z&][\w&'.-]* ){1,3}[A-Z][\w'-]*)(?=[,:. ])", intro)
        name = shop if "{shop}" in page.intro else named[1].strip() if named and not named[1].startswith("You ") else ""
        return name, me[1] if me else None, intro, told

    def state(self, rng: random.Random, type_: FactType, layout: str, evaluating: bool) -> list[tuple[str, str, list[Fact]]]:
        """One kind of fact as blocks of (text, form, facts in it); a kind with a "by" slot comes once to four times."""
        form = rng.choice(["text", "list"]) if layout == "mixed" else layout
        times = rng.choices([1, 2, 3, 4], [2, 3, 3, 2])[0] if type_.by else 1
        drawn: list[dict[str, Value]] = []
        taken: set[str] = set()
        for _ in range(times * 3):
            values = self.draw(rng, type_)
            by = values[type_.by] if type_.by else Value("")
            names = {word.lower() for word in (by.text, *by.asked)}
            if len(drawn) < times and not names & taken:
                drawn.append(values)
                taken |= names
        if type_.trained.joined and len(drawn) > 1 and form in ("text", "list") and rng.random() < 0.6:
            return [self.join(rng, type_, drawn, form)]
        sentences = type_.held_out.fact if evaluating and type_.held_out.fact and rng.random() < 0.5 else type_.trained.fact
        sentence, item = rng.choice(sentences), rng.choice(type_.trained.item or type_.trained.fact)
        reply = rng.choice(type_.trained.reply or [""])
        blocks = []
        for values in drawn:
            if form == "list" and rng.random() < 0.85:
                stated = fill(item, values)
            elif form == "answers" and type_.trained.reply and rng.random() < 0.5:
                stated = fill(reply, values)
                stated = stated[0].upper() + stated[1:]
            else:
                stated = fill(sentence, values)
            answer = full_stop(stated)
            fact = Fact(type_, values, stated, answer, spans_in(type_, values, stated))
            if form == "answers":
                blocks.append((f"{fill(rng.choice(type_.plain_asks), values, rng)}\n{answer}", form, [fact]))
            else:
                blocks.append((stated, form, [fact]))
        return blocks

    def merge(self, rng: random.Random, facts: list[Fact], blocks: list[tuple[str, str]]) -> tuple[list[Fact], list[tuple[str, str]]]:
        """Puts some neighbouring sentences into one, as people do; it is then the answer to a question for either."""
        merged: list[tuple[str, str]] = []
        for text, form in blocks:
            before = merged[-1][0] if merged else ""
            short = len(before.split()) < 12 and len(text.split()) < 12 and not any(c in before + text for c in ":;?!")
            if before and short and rng.random() < 0.3:
                low = text if text.split()[0] not in LOWERED else text[0].lower() + text[1:]
                both = f"{before.rstrip('.')}{rng.choice([', and ', ' and ', '; '])}{low}"
                facts = [replace(f, stated=both, answer=full_stop(both), entry="") if f.stated in (before, text) else f for f in facts]
                merged[-1] = (both, form)
            else:
                merged.append((text, form))
        return facts, merged

    def join(self, rng: random.Random, type_: FactType, drawn: list[dict[str, Value]], form: str) -> tuple[str, str, list[Fact]]:
        entries = [fill(type_.trained.entry[0], values) for values in drawn]
        glue = rng.choice([" and ", ", ", " and "])
        around = rng.choice(type_.trained.joined)
        text = around.replace("{entries}", ", ".join(entries[:-1]) + glue + entries[-1])
        is_hours = bool(RANGE.search(text))
        facts = []
        for values, entry in zip(drawn, entries, strict=True):
            answer = text if is_hours else around.replace("{entries}", entry)
            facts.append(Fact(type_, values, text, answer, spans_in(type_, values, entry), "" if is_hours else entry))
        return text, form, facts

    def shop_name(self, rng: random.Random) -> str:
        head, tail = rng.choice(NAME_HEADS), rng.choice(NAME_TAILS)
        last = self.slots.words.pick(rng, "lastNames")
        goods = rng.choice(GOODS).capitalize()
        return rng.choice([f"{head} {tail}", f"{head} & {tail}", f"{head} {goods}", f"{last}'s {goods}", f"The {head} {tail}", f"{last} & {self.slots.words.pick(rng, 'lastNames')}", f"Cafe {last}", f"{self.slots.words.pick(rng, 'flowers').title()} {tail}"])
