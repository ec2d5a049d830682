"""Loss on what a run never trains on, to be logged beside the loss of training."""

import random
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from data.batches import Batch, collate
from data.chat_format import ChatFormat, Tokens
from data.mixture import Mixture
from data.sources import read
from llama import Llama
from losses import loss_sum

DOCUMENTS, ROWS = 48, 16
GIVEN = ("star", "self-dialogue", "children-books")


class HeldOutLoss:
    """Invented dialogues of another seed, and the first held-out texts of some sources; the same ones each time. exact: in float32."""

    def __init__(self, mixture: Mixture, format: ChatFormat, data: Path, exact: bool = False):
        self.exact = exact
        state = mixture.rng.getstate()
        mixture.rng = random.Random(20251126)
        invented = list(islice(mixture.invented(), DOCUMENTS))
        mixture.rng.setstate(state)
        given = [format.encode(d, user_weight=1.0) for name in GIVEN for d in islice(read(data, name, "eval"), DOCUMENTS // len(GIVEN))]
        self.sets = {"invented": self.batches(invented, mixture.longest), "given": self.batches(given, mixture.longest)}

    @staticmethod
    def batches(documents: list[Tokens], longest: int) -> list[Batch]:
        fit = sorted((d for d in documents if len(d) <= longest and any(d.weights)), key=len)
        return [collate(fit[at : at + ROWS]) for at in range(0, len(fit), ROWS)]

    @torch.inference_mode()
    def __call__(self, model: Llama, device: str) -> dict[str, float]:
        """Nats for each learnt token of each set."""
        found = {}
        for name, batches in self.sets.items():
            with torch.autocast(device, dtype=torch.bfloat16, enabled=not self.exact):
                nats: Tensor = sum(loss_sum(model, batch.to(device)) for batch in batches)
            found[name] = nats.item() / sum(float(batch.weights.sum()) for batch in batches)
        return found
