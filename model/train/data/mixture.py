"""An endless, seeded stream of documents: invented dialogues, and the given sources in their shares."""

import random
from collections.abc import Iterator
from pathlib import Path

from generators.dialogue import Dialogue, DialogueMaker
from generators.lookup import Rank, by_stems, look_up

from . import books
from .chat_format import ChatFormat, Tokens
from .sources import SHARES, Document, names, read

SYSTEMS = [
    "You are a helpful assistant.", "You are a friendly assistant on a website.", "Be helpful and friendly.",
    "You are Edgewise, a small assistant on this website.", "You help visitors of this site.", "Answer shortly.",
]  # fmt: skip

AT_ONCE = 32
PASSAGE = 1500  # characters
LOOKED_UP = 0.88  # share of the dialogues with facts of which some questions are asked of what was looked up; the others are told whole, with all facts


class Mixture:
    """generated: share of the dialogues of our own among all tokens, 0 to 1; share_alike: with the sources that are; asked: see DialogueMaker;
    more_books: folder of books.py.

    given_weight: of a given text's tokens in the loss. Prose can't be foretold, copying an answer nearly can: at a weight of 1 the
    eighth of the tokens that is given makes nineteen twentieths of the loss, and its noise drowns what the dialogues teach.
    """

    def __init__(
        self, folder: Path, format: ChatFormat, generated: float, longest: int, share_alike: bool, seed: int, asked: Path | None = None,
        given_weight: float = 1.0, more_books: Path | None = None,
    ):  # fmt: skip
        self.format, self.longest, self.given_weight = format, longest, given_weight
        self.rng = random.Random(seed)
        self.maker = DialogueMaker(folder, asked)
        shares = {name: SHARES[name] for name in names(share_alike)} if generated < 1 else {}
        self.documents: dict[str, list[Document]] = {name: read(folder, name, "train", share_alike) for name in shares}
        if more_books and shares:
            held_out = [text for text in read(folder, "children-books", "eval") if isinstance(text, str)]
            self.documents["children-books"] += books.read(more_books, held_out)
        self.shares = {name: share * (1 - generated) / sum(shares.values()) for name, share in shares.items()}
        self.shares["generated"] = generated
        self.tokens = dict.fromkeys(self.shares, 0)
        self.rank: Rank = by_stems  # until there is a lookup

    def __iter__(self) -> Iterator[Tokens]:
        invented = self.invented()
        while True:
            # The source that is furthest behind its share.
            total = sum(self.tokens.values()) + 1
            name = min(self.shares, key=lambda n: self.tokens[n] / total / self.shares[n] if self.shares[n] else 9e9)
            tokens = next(invented) if name == "generated" else self.given(name)
            if 1 < len(tokens) <= self.longest and any(tokens.weights):
                self.tokens[name] += len(tokens)
                yield tokens

    def given(self, name: str) -> Tokens:
        document = self.rng.choice(self.documents[name])
        if isinstance(document, str):
            document = self.passage(document)
        if isinstance(document, list) and document[0]["role"] != "system" and self.rng.random() < 0.3:
            document = [{"role": "system", "content": self.rng.choice(SYSTEMS)}, *document]
        tokens = self.format.encode(document, user_weight=1.0)
        return Tokens(tokens.ids, [self.given_weight * w for w in tokens.weights])

    def passage(self, text: str) -> str:
        """A long text's beginning, or another part of it that begins with a word."""
        if len(text) <= PASSAGE or self.rng.random() < 0.4:
            return text[:PASSAGE]
        start = self.rng.randrange(len(text) - PASSAGE // 2)
        return text[text.find(" ", start) + 1 :][:PASSAGE]

    def invented(self) -> Iterator[Tokens]:
        """Dialogues without end: facts and questions are drawn at random, so that to learn to foretell them would be wasted."""
        while True:
            dialogues = [self.maker.make(self.rng) for _ in range(AT_ONCE)]
            with_units = [d for d in dialogues if d.units and self.rng.random() < LOOKED_UP]
            documents = [self.format.looked_up(d, found) for d, scores in zip(with_units, self.rank(with_units), strict=True) for found in look_up(self.rng, d, scores)]
            chosen = set(map(id, with_units))
            documents += [self.as_stated(d) for d in dialogues if id(d) not in chosen]
            self.rng.shuffle(documents)
            yield from documents

    def as_stated(self, dialogue: Dialogue) -> Tokens:
        """With the whole system message at the beginning."""
        while len(tokens := self.format.encode(dialogue.messages(), user_weight=0)) > self.longest and dialogue.exchanges:
            del dialogue.exchanges[-(len(dialogue.exchanges) // 4 + 1) :]
        if dialogue.system:
            tokens = self.format.with_facts(tokens, dialogue.system, dialogue.facts, [e.stated for e in dialogue.exchanges])
        return tokens
