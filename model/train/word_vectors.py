"""Which unit of a system message answers a question, by the words of both; decoder/lookup/word-vectors.ts does the same.

A text is the weighted sum of its words' vectors, times a matrix. A question's sum is joined by those of the exchange before it, as far
as the question leans on that: "And on Sunday?" has no telling word of its own.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from torch import Tensor, nn

from checkpoint import SIDES, words_in
from generators.dialogue import Dialogue
from generators.lookup import Rank, by_stems

FILE = "lookup.safetensors"
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[$€£%@]")
LONGEST = 96  # words of a text that are learnt from, the last ones
VectorsOf = Callable[[Tensor], Tensor]
"""Of rows [n] the vectors, [n, width]."""


def words_of(text: str) -> list[str]:
    return WORD.findall(text.lower().replace("\u2019", "'"))


@dataclass(frozen=True)
class Asked:
    """A question, and the exchange before it or twice nothing."""

    question: str
    asked: str = ""
    answered: str = ""


def asked_of(dialogue: Dialogue) -> list[Asked]:
    before = [("", ""), *((e.ask, e.answer) for e in dialogue.exchanges)]
    return [Asked(e.ask, *said) for e, said in zip(dialogue.exchanges, before, strict=False)]


class Vocabulary:
    """The rows of the table: words, and after them the tokenizer's tokens, which spell what is not among the words."""

    def __init__(self, words: list[str], tokenizer: Tokenizer):
        self.words, self.tokenizer = words, tokenizer
        self.rows = {word: [row] for row, word in enumerate(words)}

    def __len__(self) -> int:
        return len(self.words) + self.tokenizer.get_vocab_size()

    @property
    def spellings(self) -> list[str]:
        """What each token spells; its blank too, where a word begins with it."""
        return [self.tokenizer.decode([i], skip_special_tokens=False) for i in range(self.tokenizer.get_vocab_size())]

    def rows_of(self, text: str) -> list[int]:
        return [row for word in words_of(text) for row in self.spelt(word)]

    def spelt(self, word: str) -> list[int]:
        if word not in self.rows:
            ids = self.tokenizer.encode(f" {word}", add_special_tokens=False).ids
            self.rows[word] = [len(self.words) + i for i in ids]
        return self.rows[word]


class Side(nn.Module):
    """How one kind of text adds up."""

    def __init__(self, width: int):
        super().__init__()
        self.gate = nn.Linear(width, 1)  # logarithm of what a word counts
        self.map = nn.Linear(width, width, bias=False)

    def forward(self, vectors_of: VectorsOf, texts: list[list[int]]) -> Tensor:
        """Of each text's rows the sum, mapped, [texts, width]."""
        flat = torch.tensor([row for text in texts for row in text[-LONGEST:]], dtype=torch.long)
        starts = torch.tensor([0, *(min(len(text), LONGEST) for text in texts)]).cumsum(0)[:-1]
        used, places = flat.unique(return_inverse=True)
        vectors = vectors_of(used)
        return self.map(F.embedding_bag(places, vectors * self.gate(vectors).exp(), starts, mode="sum"))


class WordVectors(nn.Module):
    def __init__(self, vocabulary: Vocabulary, width: int):
        super().__init__()
        self.vocabulary = vocabulary
        self.sides = nn.ModuleDict({name: Side(width) for name in SIDES})
        for name in SIDES[1:]:
            self.sides[name].load_state_dict(self.sides["unit"].state_dict())
        self.lean = nn.Linear(width, 2)  # on what was asked before, and on what was answered
        nn.init.zeros_(self.lean.weight)
        nn.init.constant_(self.lean.bias, -1)
        self.nothing = nn.Parameter(torch.tensor(0.3))  # cosine above which a unit answers
        self.register_buffer("table", torch.zeros(len(vocabulary), width))

    def side(self, name: str, texts: list[str], vectors_of: VectorsOf | None) -> Tensor:
        return self.sides[name](vectors_of or self.table.__getitem__, [self.vocabulary.rows_of(text) for text in texts])

    def of_units(self, texts: list[str], vectors_of: VectorsOf | None = None) -> Tensor:
        """As directions [texts, width]; vectors_of: while the table is still learnt."""
        return F.normalize(self.side("unit", texts, vectors_of), dim=-1)

    def of_questions(self, questions: list[Asked], vectors_of: VectorsOf | None = None) -> Tensor:
        total = self.side("question", [q.question for q in questions], vectors_of)
        lean = self.lean(total).sigmoid()
        asked = self.side("asked", [q.asked for q in questions], vectors_of)
        answered = self.side("answered", [q.answered for q in questions], vectors_of)
        return F.normalize(total + lean[:, :1] * asked + lean[:, 1:] * answered, dim=-1)

    def save(self, folder: Path) -> None:
        tensors = {name: value.contiguous() for name, value in self.state_dict().items()}
        save_file(tensors, folder / FILE, metadata={"words": "\n".join(self.vocabulary.words)})


def load(folder: Path, tokenizer: Tokenizer) -> WordVectors:
    """Of a folder with lookup.safetensors."""
    tensors = load_file(folder / FILE)
    vectors = WordVectors(Vocabulary(words_in(folder / FILE), tokenizer), tensors["table"].shape[1])
    vectors.load_state_dict(tensors)
    return vectors.requires_grad_(False)


def ranking(folder: Path, tokenizer: Tokenizer) -> Rank:
    """How near each unit of dialogues is to each of their questions, by shared words if the folder has no lookup."""
    if not (folder / FILE).exists():
        return by_stems
    vectors = load(folder, tokenizer)

    def rank(dialogues: list[Dialogue]) -> list[list[list[float]]]:
        units = vectors.of_units([unit for d in dialogues for unit in d.units]).split([len(d.units) for d in dialogues])
        asked = vectors.of_questions([q for d in dialogues for q in asked_of(d)]).split([len(d.exchanges) for d in dialogues])
        return [(q @ k.T / vectors.nothing).tolist() for q, k in zip(asked, units, strict=True)]

    return rank
