"""Contrastive learning beside the language model: a question's state and its fact's are drawn together, and kept apart from other facts'.

The loss is InfoNCE in both directions (van den Oord et al. 2018, "Representation Learning with Contrastive Predictive Coding";
Radford et al. 2021) on states of a middle layer, in a space as wide as one attention head, so that the layers above can look a
fact up by it. To foretell an answer teaches only which of a dozen facts is copied, in some fifty tokens; a pair without a dialogue
around is told from a hundred others in thirty. In the dialogues themselves it costs nothing, as their states are there.
"""

from collections.abc import Iterator
from itertools import islice

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from data.batches import Batch, rounded_up
from data.chat_format import END, SEPARATOR, ChatFormat
from llama import Llama, rotate

MULTIPLE = 8  # of a row's length, as of data/batches.py's WIDTHS
REMEMBERED = 256  # facts of earlier batches that a batch's facts are told from


def nats_of_right(scores: Tensor, right: Tensor) -> Tensor:
    """Sum over the rows of -log of the probability of all that is right in each."""
    return (scores.logsumexp(dim=1) - scores.masked_fill(~right, float("-inf")).logsumexp(dim=1)).sum()


def placed(states: Tensor, space: nn.Linear) -> Tensor:
    """States [n, hidden_size] as directions of a space."""
    return F.normalize(space(F.rms_norm(states.float(), states.shape[-1:])), dim=-1)


class Matching(nn.Module):
    def __init__(self, model: Llama, format: ChatFormat, pairs: Iterator[tuple[str, str]], count: int):
        super().__init__()
        self.format, self.pairs, self.count = format, pairs, count
        width, space = model.shape.hidden_size, model.shape.head_dim
        self.layers = model.shape.num_hidden_layers * 2 // 3  # of which the states are taken; those above look up and copy
        self.head = model.shape.num_attention_heads // 2  # of the layer above, which is taught to look at the fact
        self.of_question = nn.Linear(width, space, bias=False)
        self.of_fact = nn.Linear(width, space, bias=False)
        self.scale = nn.Parameter(torch.tensor(2.5))  # logarithm of one over the temperature
        self.register_buffer("earlier", torch.empty(0, space), persistent=False)
        self.register_buffer("earlier_facts", torch.empty(0, dtype=torch.int64), persistent=False)

    def last_states(self, model: Llama, rows: list[list[int]]) -> Tensor:
        """Of the last token of each row, [rows, hidden_size]."""
        longest = rounded_up(max(map(len, rows)), MULTIPLE)
        x = model.embed_tokens(torch.tensor([row + [SEPARATOR] * (longest - len(row)) for row in rows], device=self.scale.device))
        for layer in model.layers[: self.layers]:
            x = layer(x, model.cos[:longest], model.sin[:longest], None)
        return x[torch.arange(len(rows)), [len(row) - 1 for row in rows]]

    def of_pairs(self, model: Llama) -> Tensor:
        """Mean nats of finding each question's fact among all, and each fact's question."""
        questions, facts = zip(*islice(self.pairs, self.count), strict=True)
        # A question's state where its answer begins, a fact's where it ends.
        q = placed(self.last_states(model, [self.format.prompt([{"role": "user", "content": text}]) for text in questions]), self.of_question)
        k = placed(self.last_states(model, [[*self.format.headers["system"], *self.format.plain(text), END] for text in facts]), self.of_fact)
        same = torch.tensor([[i != j and a == b for j, b in enumerate(facts)] for i, a in enumerate(facts)], device=q.device)
        scores = (q @ k.T * self.scale.exp()).masked_fill(same, float("-inf"))
        right = torch.arange(self.count, device=scores.device)
        return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2

    def of_dialogues(self, model: Llama, states: Tensor, batch: Batch) -> Tensor:
        """Sum over the questions of a batch of the nats of finding each one's fact, and of looking at it.

        states  [rows, n, hidden_size] after the first `layers`
        """
        return self.found(states, batch) + self.looked_up(model, states, batch)

    def found(self, states: Tensor, batch: Batch) -> Tensor:
        """Sum of the nats of finding the fact of each question among those of the batch and earlier ones."""
        states = states.flatten(0, 1)
        k, of_k = placed(states[batch.facts[:, 1]], self.of_fact), batch.facts[:, 2]
        q, of_q = placed(states[batch.asked[:, 0]], self.of_question), batch.asked[:, 1]
        scores = q @ torch.cat([k, self.earlier]).T * self.scale.exp()
        right = of_q[:, None] == torch.cat([of_k, self.earlier_facts])
        self.earlier = torch.cat([k.detach(), self.earlier])[:REMEMBERED]
        self.earlier_facts = torch.cat([of_k, self.earlier_facts])[:REMEMBERED]
        return nats_of_right(scores, right)

    def looked_up(self, model: Llama, states: Tensor, batch: Batch) -> Tensor:
        """Sum over the questions of -log of the attention that the head pays, where an answer begins, to the tokens of the fact it tells.

        After Garg et al. 2019, "Jointly Learning to Align and Translate with Transformer Models"
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
        return nats_of_right(scores, right)
