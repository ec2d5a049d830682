"""Questions asked of the few units of a system message that were looked up for them, as the runtime does: see decoder/lookup."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from .dialogue import Dialogue
from .fact import full_stop
from .likeness import stems
from .lists import item_asked_for

# As in decoder/lookup/lookup.ts: how near a unit must be, and the line before it that says so. 1 is as near as nothing.
SURE = ((1.05, ""), (0.85, "Likely:"), (0.65, "Perhaps:"), (0.45, "Hardly:"))
BEFORE = "Before:"
REACH, TRIED = 0.2, 3  # so much farther than the nearest may a unit be that the model is asked too whether it answers, and so many
NOISE = 0.025  # standard deviation: the nearest unit shall answer as often as it does for a visitor
OTHER = 0.25  # share of the questions with several such units that are asked of another than the right one, to be declined
MISSED = 0.35  # share of the questions whose unit is not found that are to be declined; the others are shown it all the same
FEW = 0.3  # shared words, see by_stems
OF_ONE_DIALOGUE = 3
HISTORY, LENGTHS = (0, 1, 2, 5), (0.55, 0.25, 0.12, 0.08)  # exchanges before the question

Rank = Callable[[list[Dialogue]], list[list[list[float]]]]
"""For each dialogue and each of its exchanges, how near each unit is to the question."""


@dataclass(frozen=True)
class LookedUp:
    """One exchange and those before it that are still told, with what the system message then holds behind its introduction."""

    first: int
    last: int
    lines: list[str]
    gold: str
    """What of them answers, or "" """
    answer: str


def by_stems(dialogues: list[Dialogue]) -> list[list[list[float]]]:
    """By shared words, until a model has learnt to rank."""

    def near(asked: set[str], unit: set[str]) -> float:
        return len(asked & unit) / max(1, len(asked | unit)) ** 0.5 / FEW

    found = []
    for dialogue in dialogues:
        told = [set(stems(unit)) for unit in dialogue.units]
        found.append([[near(set(stems(e.ask)), unit) for unit in told] for e in dialogue.exchanges])
    return found


def heading(near: float) -> str | None:
    """The line before what is so near; None if it is not shown."""
    return next((line for least, line in SURE if near >= least), None)


def candidates(near: dict[str, float]) -> list[str]:
    """The units of which the model is asked whether they answer, the nearest first."""
    ranked = sorted(near, key=near.__getitem__, reverse=True)[:TRIED]
    return [unit for unit in ranked if heading(near[unit]) is not None and near[unit] > near[ranked[0]] - REACH]


def look_up(rng: random.Random, dialogue: Dialogue, scores: list[list[float]]) -> list[LookedUp]:
    """For some of the exchanges."""
    found = []
    noisy = [{unit: score + rng.gauss(0, NOISE) for unit, score in zip(dialogue.units, row, strict=True)} for row in scores]
    nearest = [max(row, key=row.__getitem__) for row in noisy]
    for number in rng.sample(range(len(nearest)), min(OF_ONE_DIALOGUE, len(nearest))):
        exchange = dialogue.exchanges[number]
        tried, gold = candidates(noisy[number]), dialogue.unit_of(exchange)
        others = [unit for unit in tried if unit != gold]
        if gold and tried and not (others and rng.random() < (OTHER if gold in tried else MISSED)):
            unit, answer = gold, exchange.answer
            sure = heading(noisy[number][gold if gold in tried else tried[0]])
        else:
            unit, answer = rng.choice(others) if others else "", dialogue.sorry if gold else exchange.answer
            gold, sure = "", heading(noisy[number][unit]) if unit else None
        shown = unit
        if gold and exchange.entry and exchange.entry.lower() in (item := item_asked_for(gold, exchange.ask)).lower():
            unit = gold = item
            answer = full_stop(item)
        history = rng.choices(HISTORY, LENGTHS)[0]
        if exchange.kind == "follow-up":
            history = max(history, 1)
        first = max(0, number - history)
        lines = [line for line in (sure, unit) if line]
        before = nearest[number - 1]
        if first < number and heading(noisy[number - 1][before]) is not None and before != shown:
            lines += [BEFORE, before]
        found.append(LookedUp(first, number, lines, gold, answer))
    return found
