"""Questions asked of the few units of a system message that were looked up for them, as the runtime does: see decoder/lookup."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from .dialogue import Dialogue
from .fact import full_stop
from .likeness import stems
from .lists import item_asked_for

CLOSE = 0.05  # cosines between the nearest unit and another that is read too, as in decoder/lookup/lookup.ts
OF_BEFORE = 1  # and for the question before it
FAR = 0.85  # share of the questions that nothing answers which are asked of the nearest unit however far: else that would nearly always answer
NOISE = 0.01  # standard deviation, in cosines: the nearest unit shall answer as often as it does for a visitor
FEW = 0.2  # shared words, see by_stems
OF_ONE_DIALOGUE = 3
HISTORY, LENGTHS = (0, 1, 2, 5), (0.55, 0.25, 0.12, 0.08)  # exchanges before the question

Rank = Callable[[list[Dialogue]], list[list[list[float]]]]
"""For each dialogue and each of its exchanges, how near each unit is to the question: above 0 what is near enough to be read."""


@dataclass(frozen=True)
class LookedUp:
    """One exchange and those before it that are still told, with what the system message then holds behind its introduction."""

    first: int
    last: int
    units: list[str]
    gold: str
    """What of them answers, or "" """
    answer: str


def by_stems(dialogues: list[Dialogue]) -> list[list[list[float]]]:
    """By shared words, until a model has learnt to rank."""

    def near(asked: set[str], unit: set[str]) -> float:
        return len(asked & unit) / max(1, len(asked | unit)) ** 0.5 - FEW

    found = []
    for dialogue in dialogues:
        told = [set(stems(unit)) for unit in dialogue.units]
        found.append([[near(set(stems(e.ask)), unit) for unit in told] for e in dialogue.exchanges])
    return found


def look_up(rng: random.Random, dialogue: Dialogue, scores: list[list[float]]) -> list[LookedUp]:
    """For some of the exchanges; the unit that answers is always among what is found, the nearest first, and nothing where none is near."""
    found = []
    noisy = [{unit: score + rng.gauss(0, NOISE) for unit, score in zip(dialogue.units, row, strict=True)} for row in scores]
    nearest = [sorted(row, key=row.__getitem__, reverse=True) for row in noisy]
    for number in rng.sample(range(len(nearest)), min(OF_ONE_DIALOGUE, len(nearest))):
        exchange = dialogue.exchanges[number]
        gold = dialogue.unit_of(exchange)
        near = noisy[number]
        least = max(near.values()) - CLOSE
        if not gold and rng.random() >= FAR:
            least = max(0.0, least)
        units = [unit for unit in nearest[number][:2] if near[unit] > least]
        if gold and gold not in units:
            units[-1:] = [gold]
        answer = exchange.answer
        if exchange.entry and exchange.entry.lower() in (item := item_asked_for(gold, exchange.ask)).lower():
            units[units.index(gold)] = gold = item
            answer = full_stop(item)
        history = rng.choices(HISTORY, LENGTHS)[0]
        if exchange.kind == "follow-up":
            history = max(history, 1)
        first = max(0, number - history)
        if first < number:
            before = noisy[number - 1]
            units += [unit for unit in nearest[number - 1][:OF_BEFORE] if before[unit] > 0 and unit not in units]
        found.append(LookedUp(first, number, units, gold, answer))
    return found
