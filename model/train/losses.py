"""What is learnt of a batch: the same for padded rows on a CPU and packed ones on a GPU."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from data.batches import Batch
from llama import Llama


def hidden(model: Llama, batch: Batch, between: list[Tensor] | None = None) -> Tensor:
    """Normalised hidden states of all places of a batch, [rows * n, hidden_size]; between: see Llama."""
    if batch.starts is None:
        return model.hidden(batch.ids, between=between).flatten(0, 1)
    return model.hidden_packed(batch.ids, batch.positions, batch.starts, between).flatten(0, 1)


def weighted_nats(states: Tensor, table: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Weighted sum of the cross-entropy of states [learnt, hidden_size] with the output matrix, in nats."""
    return (F.cross_entropy(F.linear(states, table).float(), targets, reduction="none") * weights).sum()


def loss_sum(model: Llama, batch: Batch, nats: Callable[..., Tensor] = weighted_nats, between: list[Tensor] | None = None) -> Tensor:
    """Weighted sum of the cross-entropy, in nats; the head runs only where something is learnt. nats: weighted_nats, at times compiled."""
    return nats(hidden(model, batch, between)[batch.places], model.embed_tokens.weight, batch.targets, batch.weights)


def goes_on(batch: Batch, ahead: int) -> Tensor:
    """Whether each learnt place's document still has an input `ahead` places on."""
    positions = batch.positions.flatten()
    there = (batch.places + ahead).clamp(max=len(positions) - 1)
    return (positions[there] == positions[batch.places] + ahead) & (there == batch.places + ahead)


def targets_ahead(batch: Batch, ahead: int) -> tuple[Tensor, Tensor]:
    """What `ahead` places further on is to be learnt there: targets [learnt], and their weights, 0 where there is nothing."""
    size = batch.ids.numel()
    targets = torch.zeros(size, dtype=torch.long, device=batch.targets.device)
    weights = torch.zeros(size, device=batch.weights.device)
    real = batch.weights > 0
    targets[batch.places[real]] = batch.targets[real]
    weights[batch.places[real]] = batch.weights[real]
    there = (batch.places + ahead).clamp(max=size - 1)
    return targets[there], weights[there] * goes_on(batch, ahead) * real
