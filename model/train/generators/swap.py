"""Pages with some words of a fact, and of the questions that hold them, replaced by others: what a question names must be looked for."""

import random
import re
from dataclasses import replace

from .fact_types import SLOT, FactType, Wordings
from .likeness import content_words
from .pages import Page

ENDINGS = ("ings", "ing", "ed", "s", "")


def ending(word: str) -> str:
    return next(e for e in ENDINGS if word.endswith(e))


def content(text: str) -> list[str]:
    return [w for w in content_words(SLOT.sub(" ", text), 4) if w.islower()]


class Swapper:
    def __init__(self, pages: list[Page]):
        """The words of all facts, by their ending."""
        self.pool: dict[str, list[str]] = {e: [] for e in ENDINGS}
        for word in sorted({w for page in pages for t in page.types for w in content(t.trained.fact[0])}):
            self.pool[ending(word)].append(word)

    def page(self, rng: random.Random, page: Page) -> Page:
        """The same with half of the facts that can be changed changed; their questions are those that hold the word."""
        return replace(page, types=[self.type(rng, t) if rng.random() < 0.5 else t for t in page.types])

    def type(self, rng: random.Random, type_: FactType) -> FactType:
        fact = type_.trained.fact[0]
        asked = [set(content(ask)) for ask in type_.trained.ask]
        shared = sorted({w for w in content(fact) if any(w in words for words in asked)})
        if not shared:
            return type_
        old = rng.choice(shared)
        new = rng.choice(self.pool[ending(old)])
        pairs = {old: new, old + "s": new + "s"}
        if old.endswith("s") and not old.endswith("ss"):
            pairs[old[:-1]] = new[:-1]
        pattern = re.compile(rf"\b({'|'.join(map(re.escape, pairs))})\b(?![^{{]*}})")
        asks = [pattern.sub(lambda m: pairs[m[1]], a) for a in type_.trained.ask if pattern.search(a)]
        return replace(type_, name=f"{type_.name} {new}", trained=Wordings(fact=[pattern.sub(lambda m: pairs[m[1]], fact)], ask=asks))
