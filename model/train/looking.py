"""Learning to look at the fact that is to be told, beside the language model."""

import torch
from torch import Tensor

from data.batches import Batch
from llama import Llama, rotate


def layers_below(model: Llama) -> int:
    """After which the head looks; those from there on look at the fact and copy."""
    return model.shape.num_hidden_layers * 2 // 3


def looked_at(model: Llama, states: Tensor, batch: Batch) -> Tensor:
    """Sum over the questions of -log of the attention that one head pays, where an answer begins, to the tokens of the fact it tells.

    After Garg et al. 2019, "Jointly Learning to Align and Translate with Transformer Models"
    states  [rows, n, hidden_size] after `layers_below` layers
    """
    layer, positions = model.layers[layers_below(model)], batch.positions.flatten().long()
    x = layer.input_layernorm(states.flatten(0, 1))
    at, of_q = batch.asked.unbind(1)
    dim, head = model.shape.head_dim, model.shape.num_attention_heads // 2
    kv = head * model.shape.num_key_value_heads // model.shape.num_attention_heads
    q = layer.self_attn.q_proj(x[at])[:, head * dim : (head + 1) * dim].float()
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
