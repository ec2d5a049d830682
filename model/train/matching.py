"""Contrastive learning beside the language model: a question's state and that of the unit that answers it are drawn together.

The loss is InfoNCE (van den Oord et al. 2018, "Representation Learning with Contrastive Predictive Coding"; Karpukhin et al. 2020,
"Dense Passage Retrieval") on states of a middle layer: of the last token of a unit that stands alone, and of the last token of a
question with what was said just before it. To foretell answers teaches only which of a few facts is copied, in some fifty tokens; here
a question is told from a hundred units in thirty, and the runtime looks facts up by what is learnt: see decoder/lookup.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from data.batches import Batch, rounded_up
from data.chat_format import SEPARATOR, ChatFormat
from generators.dialogue import Dialogue
from llama import Llama, rotate

FILE = "lookup.safetensors"
MULTIPLE = 8  # of a row's length, as of data/batches.py's WIDTHS
UNITS, QUESTIONS = 12, 8  # of a place at most
WITH_BEFORE = 0.4  # share of the questions that would be understood alone but are shown with what was said before
LONGEST = 96  # tokens of a row
ROWS = 64  # that are ranked at once


def placed(states: Tensor, space: nn.Linear) -> Tensor:
    """States [n, hidden_size] as directions of a space."""
    return F.normalize(space(F.rms_norm(states.float(), states.shape[-1:])), dim=-1)


class Matching(nn.Module):
    """What is compared beside the model. places: dialogues without end, `count` of which are compared in each step."""

    def __init__(self, model: Llama, format: ChatFormat, places: Iterator[Dialogue], count: int, seed: int):
        super().__init__()
        self.format, self.places, self.count, self.rng = format, places, count, random.Random(seed)
        width, space = model.shape.hidden_size, model.shape.head_dim
        self.layers = model.shape.num_hidden_layers * 2 // 3  # of which the states are taken; those above look at the fact and copy
        self.head = model.shape.num_attention_heads // 2  # of the layer above, which is taught to look at the fact
        self.of_question = nn.Linear(width, space, bias=False)
        self.of_unit = nn.Linear(width, space, bias=False)
        self.nothing = nn.Parameter(torch.tensor(0.3))  # cosine above which a unit answers
        self.scale = nn.Parameter(torch.tensor(3.0))  # logarithm of one over the temperature

    def save(self, folder: Path) -> None:
        """What the runtime looks facts up with."""
        spaces = {"question.weight": self.of_question, "unit.weight": self.of_unit}
        tensors = {name: space.weight.detach().half().cpu().contiguous() for name, space in spaces.items()}
        save_file({**tensors, "nothing": self.nothing.detach().cpu()}, folder / FILE, metadata={"layers": str(self.layers)})

    def load(self, folder: Path) -> None:
        """Goes on from what a checkpoint has learnt, if it has."""
        if (folder / FILE).exists():
            saved = load_file(folder / FILE)
            self.of_question.weight.data.copy_(saved["question.weight"])
            self.of_unit.weight.data.copy_(saved["unit.weight"])
            self.nothing.data.copy_(saved["nothing"])

    def last_states(self, model: Llama, rows: list[list[int]], count: int = 0) -> Tensor:
        """Of the last token of each row, [rows, hidden_size]; count: rows at least, padding among them."""
        longest = rounded_up(max(map(len, rows)), MULTIPLE)
        table = torch.full((max(len(rows), count), longest), SEPARATOR)
        for i, row in enumerate(rows):
            table[i, : len(row)] = torch.tensor(row)
        x = model.embed_tokens(table.to(self.scale.device))
        for layer in model.layers[: self.layers]:
            x = layer(x, model.cos[:longest], model.sin[:longest], None)
        return x[torch.arange(len(rows)), [len(row) - 1 for row in rows]]

    def question(self, dialogue: Dialogue, number: int, with_before: bool) -> list[int]:
        """An exchange's question where its answer begins, after the exchange before it, if that is to be seen and not too long."""
        asked = [{"role": "user", "content": dialogue.exchanges[number].ask}]
        if with_before and number > 0:
            before = dialogue.exchanges[number - 1]
            row = self.format.prompt([{"role": "user", "content": before.ask}, {"role": "assistant", "content": before.answer}, *asked])
            if len(row) <= LONGEST:
                return row
        return self.format.prompt(asked)

    def of_places(self, model: Llama) -> Tensor:
        """Mean nats of finding each question's unit among those of all places, or that none answers it."""
        units: dict[str, int] = {}
        questions: list[list[int]] = []
        right: list[int] = []
        for _ in range(self.count):
            dialogue = next(d for d in self.places if d.units)
            gold = [dialogue.unit_of(e) for e in dialogue.exchanges]
            others = [u for u in dialogue.units if u not in gold]
            self.rng.shuffle(others)
            for unit in [*filter(None, gold), *others][: max(UNITS, len(gold))]:
                units.setdefault(unit, len(units))
            for number in self.rng.sample(range(len(gold)), min(QUESTIONS, len(gold))):
                follows = dialogue.exchanges[number].kind == "follow-up"
                questions.append(self.question(dialogue, number, follows or self.rng.random() < WITH_BEFORE))
                right.append(units[gold[number]] if gold[number] else -1)
        k = placed(self.last_states(model, [self.format.unit(text)[:LONGEST] for text in units]), self.of_unit)
        q = placed(self.last_states(model, questions), self.of_question)
        scores = torch.cat([q @ k.T, self.nothing.expand(len(q), 1)], dim=1) * self.scale.exp()
        targets = torch.tensor([len(units) if unit < 0 else unit for unit in right], device=scores.device)
        return F.cross_entropy(scores, targets)

    def looked_at(self, model: Llama, states: Tensor, batch: Batch) -> Tensor:
        """Sum over the questions of -log of the attention that the head pays, where an answer begins, to the tokens of the fact it tells.

        After Garg et al. 2019, "Jointly Learning to Align and Translate with Transformer Models"
        states  [rows, n, hidden_size] after the first `layers`
        """
        layer, positions = model.layers[self.layers], batch.positions.flatten().long()
        x = layer.input_layernorm(states.flatten(0, 1))
        at, of_q = batch.asked.unbind(1)
        dim = model.shape.head_dim
        kv = self.head * model.shape.num_key_value_heads // model.shape.num_attention_heads
        q = layer.self_attn.q_proj(x[at])[:, self.head * dim : (self.head + 1) * dim].float()
        k = layer.self_attn.k_proj(x)[:, kv * dim : (kv + 1) * dim].float()
        q, k = rotate(q, model.cos[positions[at]], model.sin[positions[at]]), rotate(k, model.cos[positions], model.sin[positions])
        begin, place = at - positions[at], torch.arange(len(x), device=x.device)
        seen = (place >= begin[:, None]) & (place <= at[:, None])
        scores = (q @ k.T * dim**-0.5).masked_fill(~seen, float("-inf"))
        first, last, fact = batch.facts.unbind(1)
        own = (of_q[:, None] == fact) & (first >= begin[:, None]) & (last <= at[:, None])
        told = ((place >= first[:, None]) & (place <= last[:, None])).float()  # [facts, places]
        right = (own.float() @ told) > 0
        return (scores.logsumexp(dim=1) - scores.masked_fill(~right, float("-inf")).logsumexp(dim=1)).sum()

    @torch.no_grad()
    def directions(self, model: Llama, rows: list[list[int]], space: nn.Linear) -> Tensor:
        """[rows, head_dim], some rows of about the same length at a time."""
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        out = torch.empty(len(rows), space.out_features)
        for start in range(0, len(rows), ROWS):
            some = order[start : start + ROWS]
            with torch.autocast(self.scale.device.type, dtype=torch.bfloat16):
                out[some] = placed(self.last_states(model, [rows[i] for i in some], ROWS), space).float().cpu()
        return out

    def rank(self, model: Llama, dialogues: list[Dialogue]) -> list[list[list[float]]]:
        """For each dialogue and each of its exchanges, the cosine of each unit; see generators/lookup.py."""
        units = [self.format.unit(text)[:LONGEST] for d in dialogues for text in d.units]
        questions = [self.question(d, number, e.kind == "follow-up") for d in dialogues for number, e in enumerate(d.exchanges)]
        k, q = self.directions(model, units, self.of_unit), self.directions(model, questions, self.of_question)
        found = []
        for dialogue in dialogues:
            own_k, k = k[: len(dialogue.units)], k[len(dialogue.units) :]
            own_q, q = q[: len(dialogue.exchanges)], q[len(dialogue.exchanges) :]
            found.append((own_q @ own_k.T).tolist())
        return found
