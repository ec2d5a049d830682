"""Fits a checkpoint's lookup to weights that were changed after it was learnt, by averaging say; the weights stay.

    python model/train/fit_lookup.py DATA CHECKPOINT --minutes 1

Reads and writes CHECKPOINT/lookup.safetensors, and prints the nats of finding each question's unit.
"""

import argparse
import random
import time
from itertools import count
from pathlib import Path

import torch
from tokenizers import Tokenizer

import llama
from data.chat_format import ChatFormat
from generators.dialogue import DialogueMaker
from matching import Matching
from schedule import factor

LEARNING_RATE, WARM_UP, DECAY, PLACES, SHOWN = 0.0015, 1, 0.75, 16, 40


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--faq", type=Path, help="the file that generators/faq.py reads")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    format = ChatFormat(Tokenizer.from_file(str(args.checkpoint / "tokenizer.json")))
    maker, rng = DialogueMaker(args.data, args.faq), random.Random(args.seed)
    model = llama.load(args.checkpoint).requires_grad_(False)
    matching = Matching(model, format, (maker.make(rng) for _ in count()), PLACES, args.seed)
    matching.load(args.checkpoint)
    optim = torch.optim.AdamW(matching.parameters(), lr=LEARNING_RATE, weight_decay=0.02)
    start, nats = time.monotonic(), []
    while (seconds := time.monotonic() - start) < args.minutes * 60:
        for group in optim.param_groups:
            group["lr"] = LEARNING_RATE * factor(seconds, args.minutes * 60, len(nats), WARM_UP, DECAY)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = matching.of_places(model)
        loss.backward()
        optim.step()
        optim.zero_grad()
        nats.append(loss.item())
        if len(nats) % SHOWN == 0:
            print(f"{len(nats)} steps, {sum(nats[-SHOWN:]) / SHOWN:.3f} nats")
    matching.save(args.checkpoint)


if __name__ == "__main__":
    main()
