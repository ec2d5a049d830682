"""Batches of documents of about the same length, padded on the right: no document sees another, little is padding."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch

from .chat_format import SEPARATOR, Tokens


@dataclass(frozen=True)
class Batch:
    ids: torch.Tensor  # [documents, longest], without the last token
    targets: torch.Tensor  # [documents, longest], the token after each
    weights: torch.Tensor  # [documents, longest], 0 where nothing is to be learnt
    tokens: int  # without padding


def collate(documents: list[Tokens]) -> Batch:
    longest = max(map(len, documents)) - 1
    ids = torch.full((len(documents), longest), SEPARATOR)
    targets = torch.zeros_like(ids)
    weights = torch.zeros(ids.shape)
    for row, document in enumerate(documents):
        n = len(document) - 1
        ids[row, :n] = torch.tensor(document.ids[:-1])
        targets[row, :n] = torch.tensor(document.ids[1:])
        weights[row, :n] = torch.tensor(document.weights[1:])
    return Batch(ids, targets, weights, sum(map(len, documents)))


def steps(stream: Iterable[Tokens], step_tokens: int, parts: int) -> Iterator[list[Batch]]:
    """Cuts a stream into optimiser steps of `step_tokens`, each step into `parts` batches, sorted by length."""
    documents: list[Tokens] = []
    size = 0
    for document in stream:
        documents.append(document)
        size += len(document)
        if size < step_tokens:
            continue
        documents.sort(key=len)
        batches: list[list[Tokens]] = [[]]
        filled = 0
        for d in documents:
            if filled >= size * len(batches) / parts and batches[-1]:
                batches.append([])
            batches[-1].append(d)
            filled += len(d)
        yield [collate(b) for b in batches]
        documents, size = [], 0
