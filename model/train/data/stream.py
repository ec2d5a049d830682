"""Optimiser steps without end, as the device wants them."""

from collections.abc import Iterator
from itertools import islice

from .batches import Batch, packed, steps
from .mixture import Mixture
from .workers import parallel


def stream(mixture: Mixture, device: str, step_tokens: int, parts: int, workers: int) -> Iterator[list[Batch]]:
    """Each step is cut into `parts` batches; a GPU's are made by `workers` processes, which start with the first step taken."""
    if device == "cpu":
        yield from steps(mixture, step_tokens, parts)
        return
    seed = mixture.rng.random()

    def make(number: int) -> Iterator[dict]:
        mixture.rng.seed(f"{seed} {number}")
        return (vars(batch) for batch in packed(mixture, step_tokens // parts))

    batches = (Batch(**item) for item in parallel(make, workers))
    while step := list(islice(batches, parts)):
        yield step
