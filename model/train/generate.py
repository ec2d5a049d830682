"""Greedy decoding in PyTorch, for the evaluation of checkpoints during training."""

import torch

from data.chat_format import END, SEPARATOR
from llama import Llama


@torch.inference_mode()
def greedy(model: Llama, prompt: list[int], limit: int, ends: tuple[int, ...] = (END, SEPARATOR)) -> list[int]:
    """Up to `limit` tokens after the prompt, without the one of `ends` that ends them."""
    past: list[list[torch.Tensor]] = [[] for _ in model.layers]
    fed = torch.tensor([prompt])
    out: list[int] = []
    while len(out) < limit:
        token = int(model.logits(model.hidden(fed, past)[:, -1]).argmax())
        if token in ends:
            break
        out.append(token)
        fed = torch.tensor([[token]])
    return out
