"""Warm-up, stable, decay: a run can be extended from any point of the stable part."""


def factor(seconds: float, total: float, step: int, warmup_steps: int, decay: float) -> float:
    """Learning-rate factor in [0, 1]; the decay is linear to 0 over the last part of the time.

    seconds, total   training time so far and at the end
    step             optimiser steps since the start or the last resumption
    decay            share of `total` that the decay takes
    """
    left = max(0.0, 1 - seconds / total)
    return min(1.0, (step + 1) / warmup_steps, left / decay)
