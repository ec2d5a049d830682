"""Scheduled sampling: as training goes on, more of a document's inputs are the model's own guesses instead of its words.

Bengio et al. 2015 (https://arxiv.org/abs/1506.03099), for recurrent networks; in two passes, for a decoder that reads all
positions at once, Mihaylova and Martins 2019 (https://arxiv.org/abs/1906.07651). The targets stay the document's.
"""

import math
from dataclasses import replace

import torch

import llama
from data.batches import Batch
from losses import goes_on, hidden

SCHEDULES = ("linear", "exponential", "inverse-sigmoid")
STEEPNESS = 10.0  # k of the inverse sigmoid, which falls from k/(k+1) to 1/(k+1)


def gold_share(schedule: str, progress: float, own: float) -> float:
    """Probability, 0 to 1, that an input stays as the document has it.

    progress  share of the training that is done, 0 to 1
    own       share of the model's own guesses at the end, 0 to 1
    """
    if schedule == "linear":
        return 1 - own * progress
    if schedule == "exponential":
        # k^i with the k that ends at 1 - own; a share of 1 is approached, as the formula never reaches 0.
        return max(1 - own, 1e-3) ** progress
    i = 2 * STEEPNESS * math.log(STEEPNESS) * progress
    return 1 - own * (1 - STEEPNESS / (STEEPNESS + math.exp(i / STEEPNESS)))


@torch.no_grad()
def own_guesses(model: llama.Llama, batch: Batch, gold: float) -> Batch:
    """The batch with a share of 1 - `gold` of what the assistant says replaced by draws of the model itself."""
    # What a place guesses becomes the next input; a document's end has no such place.
    said = (batch.weights > 0.5) & goes_on(batch, 1)
    replaced = batch.places[said & (torch.rand(said.shape, device=said.device) >= gold)]
    if len(replaced) == 0:
        return batch
    logits = model.logits(hidden(model, batch)[replaced]).float()
    ids = batch.ids.flatten().clone()
    ids[replaced + 1] = torch.multinomial(logits.softmax(-1), 1).squeeze(1).to(ids.dtype)
    return replace(batch, ids=ids.view_as(batch.ids))
