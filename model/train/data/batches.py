"""Batches of documents: padded rows of about the same length for a CPU, one packed row of a fixed size for a GPU."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from zlib import crc32

import torch
from torch import Tensor

from .chat_format import SEPARATOR, Tokens


@dataclass(frozen=True)
class Batch:
    """No document sees another, whether a row holds one of them or all of them side by side."""

    ids: Tensor  # [rows, n], without a document's last token
    positions: Tensor  # [rows, n], of a token in its document
    places: Tensor  # [learnt], where a next token is learnt, counted over all rows
    targets: Tensor  # [learnt], the tokens after those
    weights: Tensor  # [learnt], above 0, or 0 for what fills up to a fixed size
    tokens: int  # without padding
    facts: Tensor  # [facts, 3], the places of each fact's first and last token, and the fact as a number
    asked: Tensor  # [questions, 2], the place before each answer that tells a fact, and that fact
    starts: Tensor | None = None  # [documents + 1], where each document of a packed row begins, and the row's end

    def to(self, device: str) -> "Batch":
        if device == "cpu":
            return self
        tensors = {k: v.pin_memory().to(device, non_blocking=True) for k, v in vars(self).items() if isinstance(v, Tensor)}
        return replace(self, **tensors)


# A CPU's matrix products are prepared anew for each shape, which takes longer than to multiply a little padding: a quarter faster.
WIDTHS = 32
POOL = 4


def rounded_up(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple


def numbered(items: Iterable[tuple], start: int) -> list[list[int]]:
    """Places moved by `start`, and the text after them as a number."""
    return [[*(start + place for place in places), crc32(fact.encode())] for *places, fact in items]


def collate(documents: list[Tokens]) -> Batch:
    """A row a document, padded on the right to a multiple of WIDTHS."""
    longest = rounded_up(max(map(len, documents)) - 1, WIDTHS)
    ids = torch.full((len(documents), longest), SEPARATOR)
    targets = torch.zeros_like(ids)
    weights = torch.zeros(ids.shape)
    for row, document in enumerate(documents):
        n = len(document) - 1
        ids[row, :n] = torch.tensor(document.ids[:-1])
        targets[row, :n] = torch.tensor(document.ids[1:])
        weights[row, :n] = torch.tensor(document.weights[1:])
    places = weights.flatten().nonzero().squeeze(1)
    positions = torch.arange(longest).repeat(len(documents), 1)  # of its own, as a GPU reads it from pinned memory
    facts = [fact for row, d in enumerate(documents) for fact in numbered(d.facts, row * longest)]
    asked = [question for row, d in enumerate(documents) for question in numbered(d.asked, row * longest)]
    return Batch(
        ids, positions, places, targets.flatten()[places], weights.flatten()[places], sum(map(len, documents)),
        torch.tensor(facts, dtype=torch.int64).view(-1, 3), torch.tensor(asked, dtype=torch.int64).view(-1, 2),
    )  # fmt: skip


def steps(stream: Iterable[Tokens], step_tokens: int, parts: int) -> Iterator[list[Batch]]:
    """Cuts a stream into optimiser steps of `step_tokens`, each step into `parts` batches.

    The documents of POOL steps are sorted by length before they are cut, and the batches shuffled, so that little is padded.
    """
    rng = random.Random(0)
    documents: list[Tokens] = []
    size = 0
    for document in stream:
        documents.append(document)
        size += len(document)
        if size < step_tokens * POOL:
            continue
        documents.sort(key=len)
        batches: list[list[Tokens]] = [[]]
        filled = 0
        for d in documents:
            if filled >= size * len(batches) / (parts * POOL) and batches[-1]:
                batches.append([])
            batches[-1].append(d)
            filled += len(d)
        rng.shuffle(batches)
        for step in range(min(POOL, len(batches))):
            yield [collate(b) for b in batches[step::POOL]]
        documents, size = [], 0


def packed(stream: Iterable[Tokens], row: int) -> Iterator[Batch]:
    """One row of `row` tokens a batch; every tensor has the same size each time, as compiled code wants it.

    At most five eighths of a row are learnt, and it holds at most one document for every 64 tokens; what is left is filled up.
    """
    learnt, most = row * 5 // 8, row // 64
    ids: list[int] = []
    positions: list[int] = []
    starts: list[int] = [0]
    places: list[int] = []
    targets: list[int] = []
    weights: list[float] = []
    facts: list[list[int]] = []
    asked: list[list[int]] = []
    for document in stream:
        n = len(document) - 1
        new = [i for i in range(n) if document.weights[i + 1]]
        if len(ids) + n > row or len(places) + len(new) > learnt or len(starts) >= most:
            tokens = len(ids)
            rest, unlearnt = row - tokens, learnt - len(places)
            yield Batch(
                torch.tensor(ids + [SEPARATOR] * rest, dtype=torch.int32)[None],
                torch.tensor(positions + [0] * rest, dtype=torch.int32)[None],
                torch.tensor(places + [0] * unlearnt, dtype=torch.int32),
                torch.tensor(targets + [0] * unlearnt, dtype=torch.int64),
                torch.tensor(weights + [0.0] * unlearnt),
                tokens,
                torch.tensor(facts, dtype=torch.int64).view(-1, 3),
                torch.tensor(asked, dtype=torch.int64).view(-1, 2),
                torch.tensor(starts + [row] * (most + 1 - len(starts)), dtype=torch.int32),
            )
            ids, positions, starts, places, targets, weights, facts, asked = [], [], [0], [], [], [], [], []
        places += [len(ids) + i for i in new]
        facts += numbered(document.facts, len(ids))
        asked += numbered(document.asked, len(ids))
        targets += [document.ids[i + 1] for i in new]
        weights += [document.weights[i + 1] for i in new]
        ids += document.ids[:-1]
        positions += range(n)
        starts.append(len(ids))
