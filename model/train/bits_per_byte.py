"""Bits per byte of the held-out text, counted as for the reference model.

All rows of NAME.eval.jsonl.xz; scored are the content of user and assistant turns and the end token after each, with
roles, newlines and system messages (STAR: its facts) as context; prose follows one separator and is scored whole.
Texts of more than 512 tokens are read in windows of 512 that advance by 256, each token scored once.
"""

import math
from pathlib import Path

import torch
import torch.nn.functional as F

from data.chat_format import ChatFormat, Tokens
from data.sources import Document, read
from llama import Llama

WINDOW, ADVANCE = 512, 256
NAMES = ["sgd", "star", "topical-chat", "self-dialogue", "taskmaster4", "smalltalk", "reading", "children-books"]


@torch.inference_mode()
def nats(model: Llama, tokens: Tokens) -> float:
    total, scored, start = 0.0, 1, 0
    while scored < len(tokens):
        ids = tokens.ids[start : start + WINDOW]
        end = start + len(ids)
        logits = model.logits(model.hidden(torch.tensor([ids[:-1]])))[0]
        each = F.cross_entropy(logits, torch.tensor(ids[1:]), reduction="none")
        weights = torch.tensor(tokens.weights[scored:end])
        total += float((each[scored - start - 1 :] * weights).sum())
        scored, start = end, start + ADVANCE
    return total


def size(document: Document) -> int:
    """UTF-8 bytes of what is scored; an end token has none."""
    if isinstance(document, str):
        return len(document.encode())
    return sum(len(m["content"].encode()) for m in document if m["role"] != "system")


def bits_per_byte(model: Llama, format: ChatFormat, folder: Path, name: str, share: float, share_alike: bool = True) -> float:
    """share: of the held-out rows that are read, 0 to 1, the first ones; share_alike: with those whose licence is."""
    documents = read(folder, name, "eval", share_alike)
    documents = documents[: math.ceil(len(documents) * share)]
    total = sum(nats(model, format.encode(d, user_weight=1.0)) for d in documents)
    return total / math.log(2) / sum(map(size, documents))
