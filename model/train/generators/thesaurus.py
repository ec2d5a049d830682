"""Reads thesaurus/*.txt: what visitors say instead of a text's words ("luggage = bags, suitcase, backpack"), and puts it into questions."""

import random
import re
from collections import defaultdict
from pathlib import Path

from .likeness import stems

FOLDER = Path(__file__).parent / "thesaurus"


class Thesaurus:
    def __init__(self) -> None:
        """Of each word the others; a term on the right stands for what is on the left as well."""
        self.others: dict[str, list[str]] = defaultdict(list)
        for path in sorted(FOLDER.glob("*.txt")):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                left, equals, right = line.partition(" = ")
                if not equals:
                    raise SystemExit(f"{path.name}, line {number}: not a line of the thesaurus: {line}")
                terms = [term.strip() for term in right.split(",") if term.strip()]
                self.others[left.strip()] += terms
                for term in terms:
                    if " " not in term:
                        self.others[term].append(left.strip())

    def instead(self, rng: random.Random, word: str, taken: set[str] = frozenset()) -> str:
        """Another word for it, none of whose stems is taken; itself if there is none."""
        free = [o for o in self.others.get(word.lower(), ()) if not taken.intersection(stems(o))]
        return rng.choice(free) if free else word

    def said_otherwise(self, rng: random.Random, question: str) -> str:
        """A question with one of its words replaced."""
        known = [m for m in re.finditer(r"[a-z]{3,}", question) if m[0] in self.others]
        if not known:
            return question
        word = rng.choice(known)
        return question[: word.start()] + rng.choice(self.others[word[0]]) + question[word.end() :]

    def stems_around(self, word: str) -> set[str]:
        """Of the word and of all that may be said instead."""
        return {s for term in (word, *self.others.get(word.lower(), ())) for s in stems(term)}
