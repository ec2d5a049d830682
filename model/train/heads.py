"""Multi-token heads: from the hidden state that predicts the next token, each guesses one further on.

Gloeckle et al. 2024 (https://arxiv.org/abs/2404.19737) train several heads with a model; as in Medusa (Cai et al. 2024,
https://arxiv.org/abs/2401.10774) a head here is one residual layer before the model's own output matrix.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from data.batches import Batch
from llama import Llama
from losses import hidden, targets_ahead

FILE = "heads.safetensors"


class Heads(nn.Module):
    """Head h guesses the token h + 2 places after the last one read: h + silu(W h) times the output matrix."""

    def __init__(self, width: int, count: int = 3):
        super().__init__()
        self.heads = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(count))
        for head in self.heads:
            # Each begins as the model's own next-token guess.
            nn.init.zeros_(head.weight)

    def hidden(self, head: int, x: Tensor) -> Tensor:
        """x [n, width], normalised hidden states → what the output matrix takes for this head."""
        return x + F.silu(self.heads[head](x))


def head_losses(model: Llama, heads: Heads, batch: Batch) -> tuple[list[Tensor], list[Tensor]]:
    """Nats of each head's learnt targets, and whether its likeliest token is the target."""
    with torch.no_grad():
        states = hidden(model, batch)[batch.places]
    losses, hits = [], []
    for head in range(len(heads.heads)):
        targets, weights = targets_ahead(batch, head + 1)
        learnt = weights > 0.5
        logits = model.logits(heads.hidden(head, states[learnt])).float()
        losses.append(F.cross_entropy(logits, targets[learnt], reduction="none"))
        hits.append(logits.argmax(-1) == targets[learnt])
    return losses, hits


def save(heads: Heads, folder: Path) -> None:
    tensors = {f"heads.{i}.weight": h.weight.detach().half().cpu().contiguous() for i, h in enumerate(heads.heads)}
    save_file(tensors, folder / FILE, metadata={"format": "pt"})


def load(folder: Path) -> Heads:
    tensors = {k: v.float() for k, v in load_file(folder / FILE).items()}
    heads = Heads(tensors["heads.0.weight"].shape[0], len(tensors))
    heads.load_state_dict(tensors)
    return heads
