"""Trains a checkpoint's multi-token heads; the model itself stays as it is.

    python model/train/train_heads.py DATA CHECKPOINT --minutes 8

Writes CHECKPOINT/heads.safetensors, going on from one that is there, and prints what each head guesses right of unseen dialogues.
"""

import argparse
import time
from itertools import chain, islice
from pathlib import Path

import torch
from tokenizers import Tokenizer

import heads as multi_token
import llama
import word_vectors
from data.chat_format import ChatFormat
from data.mixture import Mixture
from data.stream import stream
from schedule import factor

LEARNING_RATE, WARM_UP, DECAY, LONGEST = 0.002, 20, 0.5, 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--minutes", type=float, default=8)
    parser.add_argument("--count", type=int, default=3, help="heads")
    parser.add_argument("--generated", type=float, default=0.6, help="share of invented dialogues among the tokens")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--step-tokens", type=int, default=4096)
    parser.add_argument("--parts", type=int, default=3, help="batches a step is cut into")
    parser.add_argument("--workers", type=int, default=8, help="processes that make a GPU's batches")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU, for the model")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    format = ChatFormat(Tokenizer.from_file(str(args.checkpoint / "tokenizer.json")))
    mixture = Mixture(args.data, format, args.generated, LONGEST, False, args.seed + 1_000_003)
    mixture.rank = word_vectors.ranking(args.checkpoint, format.tokenizer)
    unseen = list(islice(stream(mixture, args.device, args.step_tokens, args.parts, 1), 4 if args.device == "cuda" else 12))
    mixture.rng.seed(args.seed + 7)
    learnt = stream(mixture, args.device, args.step_tokens, args.parts, args.workers)
    first = next(learnt)  # before a GPU is touched
    model = llama.load(args.checkpoint).to(args.device).eval().requires_grad_(False)
    begun = (args.checkpoint / multi_token.FILE).exists()
    heads = (multi_token.load(args.checkpoint) if begun else multi_token.Heads(model.shape.hidden_size, args.count)).to(args.device)
    optim = torch.optim.AdamW(heads.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.95), weight_decay=0.01, fused=True)
    start, step = time.monotonic(), 0
    for batches in chain([first], learnt):
        seconds = time.monotonic() - start
        if seconds >= args.minutes * 60:
            break
        for group in optim.param_groups:
            group["lr"] = LEARNING_RATE * factor(seconds, args.minutes * 60, step, WARM_UP, DECAY)
        for batch in batches:
            with torch.autocast(args.device, dtype=torch.bfloat16):
                losses, _ = multi_token.head_losses(model, heads, batch.to(args.device))
            (sum(loss.mean() for loss in losses) / len(batches)).backward()
        optim.step()
        optim.zero_grad()
        step += 1
    multi_token.save(heads, args.checkpoint)

    count = len(heads.heads)
    right, nats, seen = [0] * count, [0.0] * count, [0] * count
    with torch.inference_mode(), torch.autocast(args.device, dtype=torch.bfloat16):
        for batch in (b for batches in unseen for b in batches):
            for i, (loss, hit) in enumerate(zip(*multi_token.head_losses(model, heads, batch.to(args.device)), strict=True)):
                right[i] += int(hit.sum())
                nats[i] += float(loss.sum())
                seen[i] += len(loss)
    print(f"{step} steps\n| head | places ahead | guessed right | nats per token |\n|---|---|---|---|")
    for i in range(count):
        print(f"| {i} | {i + 2} | {right[i] / seen[i]:.1%} | {nats[i] / seen[i]:.3f} |")


if __name__ == "__main__":
    main()
