"""How much two kinds of facts are asked about in the same words, so that none is taken for unknown where the other answers it."""

import math
import re
from collections import Counter
from collections.abc import Iterable

from .fact_types import SLOT, FactType

COMMON = set(
    "a an the and or but if of to in on at for with from by as is are am be been was were do does did have has had can could may might must "
    "will would shall should i me my we us our you your it its he she they them their this that these those there here what which who whom "
    "whose when where why how not no yes any some all each every much many more most other than then so too very just only also about into "
    "over out up down off let lets please tell know get got want need like would ok hi hello one s re ll t m ve d".split()
)


PLAIN = 20  # wordings of a kind that are looked at: those that describe a situation come later, and share words with all and sundry


def content_words(text: str, least: int) -> list[str]:
    """Words that say something, of at least so many letters, as they stand in a text."""
    return [w for w in re.findall(rf"[A-Za-z]{{{least},}}", text) if w.lower() not in COMMON]


def stems(text: str) -> list[str]:
    """Content words, cut so that "opens", "opening" and "opened" are one."""
    words = re.findall(r"[a-z]+", SLOT.sub(" ", text.lower()))
    return [re.sub(r"(ings?|ed|es|s|e|ly)$", "", w)[:7] if len(w) > 4 else w.rstrip("s") if len(w) > 3 else w for w in words if w not in COMMON and len(w) > 1]


class Likeness:
    """Cosine of the weighted words (tf-idf) that kinds are asked for and stated with."""

    def __init__(self, types: Iterable[FactType]):
        bags = {id(t): self.bag(t) for t in types}
        self.kept = list(types)  # ids stay theirs
        seen = Counter(word for bag in bags.values() for word in bag)
        self.rarity = {word: math.log((1 + len(bags)) / n) for word, n in seen.items()}
        self.rarest = math.log(1 + len(bags))
        self.vectors = {key: self.weighed(bag) for key, bag in bags.items()}

    @staticmethod
    def bag(type_: FactType) -> Counter:
        counts: Counter = Counter()
        for text in (*type_.trained.ask[:PLAIN], *type_.trained.fact):
            counts.update(set(stems(text)))
        return counts

    def weighed(self, bag: Counter) -> dict[str, float]:
        vector = {word: (1 + math.log(n)) * self.rarity.get(word, self.rarest) for word, n in bag.items()}
        length = math.sqrt(sum(v * v for v in vector.values())) or 1.0
        return {word: v / length for word, v in vector.items()}

    def vector(self, type_: FactType) -> dict[str, float]:
        found = self.vectors.get(id(type_))
        if found is None:
            found = self.vectors[id(type_)] = self.weighed(self.bag(type_))
            self.kept.append(type_)
        return found

    def of(self, a: FactType, b: FactType) -> float:
        """0 (no word in common) to 1."""
        x, y = self.vector(a), self.vector(b)
        if len(x) > len(y):
            x, y = y, x
        return sum(v * y[word] for word, v in x.items() if word in y)
