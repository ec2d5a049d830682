"""The lookup in NumPy, word by word: what word_vectors.py and decoder/lookup/word-vectors.ts are held against."""

import re
from pathlib import Path

import gguf
import numpy as np
from tokenizers import Tokenizer

from checkpoint import DOUBT, SIDES, Lookup


class ReferenceLookup:
    def __init__(self, lookup: Lookup, tokenizer: Tokenizer):
        self.t, self.tokenizer, self.nothing = lookup.tensors, tokenizer, lookup.nothing
        self.words = {word: row for row, word in enumerate(lookup.words)}

    @staticmethod
    def stored(path: Path, tokenizer: Tokenizer) -> "ReferenceLookup":
        """As a file holds it."""
        return ReferenceLookup(read_stored(path), tokenizer)

    def rows(self, text: str) -> list[int]:
        found: list[int] = []
        for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[$€£%@]", text.lower().replace("\u2019", "'")):
            spelt = self.tokenizer.encode(" " + word, add_special_tokens=False).ids
            found += [self.words[word]] if word in self.words else [len(self.words) + i for i in spelt]
        return found

    def total(self, side: str, text: str) -> np.ndarray:
        total = np.zeros(self.t["table"].shape[1])
        for row in self.rows(text):
            vector = self.t["table"][row].astype(np.float64)
            total += np.exp(self.t[f"{side}.gate.weight"] @ vector + self.t[f"{side}.gate.bias"][0]) * vector
        return self.t[f"{side}.map.weight"].astype(np.float64) @ total

    def unit(self, text: str) -> np.ndarray:
        return direction(self.total("unit", text))

    def question(self, text: str, asked: str = "", answered: str = "") -> np.ndarray:
        total = self.total("question", text)
        lean = 1 / (1 + np.exp(-(self.t["lean.weight"] @ total + self.t["lean.bias"])))
        return direction(total + lean[0] * self.total("asked", asked) + lean[1] * self.total("answered", answered))


def direction(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def read_stored(path: Path) -> Lookup:
    """The contents of a lookup.gguf, in floats."""
    reader = gguf.GGUFReader(path)
    tensors = {t.name: gguf.dequantize(t.data, t.tensor_type) for t in reader.tensors}
    tensors["table"] = tensors.pop("word.weight")
    return Lookup(reader.fields["lookup.words"].contents().split("\n"), reader.fields["lookup.nothing"].contents(), tensors)


def as_learnt(lookup: Lookup) -> dict[str, np.ndarray]:
    """By word_vectors.py's names."""
    tensors = {f"sides.{name}" if name.partition(".")[0] in SIDES else name: value for name, value in lookup.tensors.items()}
    gates = {name: value[None] for name, value in tensors.items() if name.endswith("gate.weight")}
    floats = {name: np.ascontiguousarray(value, np.float32) for name, value in (tensors | gates).items()}
    return floats | {"nothing": np.array(lookup.nothing / DOUBT, np.float32)}
