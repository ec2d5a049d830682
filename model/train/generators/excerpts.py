"""Sentences of books as facts, and questions for them by a word of theirs: whatever a text says, its words are copied whole."""

import random
import re
from collections import Counter

from . import noise
from .likeness import content_words

ABOUT = [
    "what about {x}", "tell me about {x}", "what does it say about {x}", "{x}", "what is said of {x}", "anything about {x}", "do you know something about {x}",
    "where is {x} mentioned", "what was that about {x}", "i would like to hear about {x}", "which sentence is about {x}", "what happens with {x}", "and {x}",
    "how about {x}", "is there something on {x}", "what do the notes say about {x}",
]  # fmt: skip
INTROS = ["", "", "Notes:", "Facts:", "About us:", "Answer from these sentences.", "The story so far:", "From our archive:"]


class Excerpts:
    def __init__(self, texts: list[str]):
        self.sentences: list[list[str]] = []
        for text in texts:
            found = [" ".join(s.split()) for s in re.findall(r"[A-Z][^.!?\"()\[\]_*:]{25,170}\.", text)]
            self.sentences.append([s for s in found if s.isascii() and 6 <= len(s.split()) <= 28])
        self.sentences = [s for s in self.sentences if len(s) > 3]

    def make(self, rng: random.Random, unknown_answer: str) -> tuple[str, list[tuple[str, str]]]:
        """A system message, and questions with answers."""
        pool = [s for text in rng.sample(self.sentences, rng.randint(1, 4)) for s in text]
        chosen = rng.sample(pool, min(len(pool), rng.randint(3, 10)))
        words = [content_words(s, 4) for s in chosen]
        count = Counter(w.lower() for ws in words for w in set(ws))
        bullet = rng.choice(["- ", "* ", "", "", ""])
        glue = "\n" if bullet else rng.choice([" ", " ", "\n"])
        system = (rng.choice(INTROS) + glue + glue.join(bullet + s for s in chosen)).strip()
        style = noise.style(rng)
        turns = []
        for _ in range(rng.randint(2, 5)):
            i = rng.randrange(len(chosen))
            own = [w for w in words[i] if count[w.lower()] == 1]
            if rng.random() < 0.25 or not own:
                other = content_words(rng.choice(rng.choice(self.sentences)), 4)
                other = [w for w in other if w.lower() not in system.lower()]
                if other:
                    turns.append((self.ask(rng, rng.choice(other), style), unknown_answer))
                continue
            turns.append((self.ask(rng, rng.choice(own), style), chosen[i]))
        return system, turns

    @staticmethod
    def ask(rng: random.Random, word: str, style: str) -> str:
        x = rng.choice([word, word, f"the {word}"]) if word.islower() else word
        return noise.typed(rng, rng.choice(ABOUT).format(x=x), style)
