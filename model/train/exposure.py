"""Exposure bias: what a model loses when its own words take the place of the document's.

    python model/train/exposure.py DATA CHECKPOINT [--answers 300]

For answers of held-out dialogues, of at least 24 tokens: nats per token of the document's next word after the document's
own prefix, and after a prefix of the same length that the model wrote greedily; by the prefix's length in the answer.
Beside it the share of repeated 4-grams in 96 greedy tokens after the same prompts (0 in text that never repeats itself).
"""

import argparse
from collections import defaultdict
from pathlib import Path

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import llama
from data.chat_format import ChatFormat
from data.sources import read
from generate import greedy

SOURCES = ("sgd", "star", "topical-chat", "self-dialogue")
LEAST, CONTEXT, FREE = 24, 384, 96
BUCKETS = ((0, 1), (1, 4), (4, 8), (8, 16), (16, 24))


@torch.inference_mode()
def losses(model: llama.Llama, prompt: list[int], prefix: list[int], gold: list[int]) -> list[float]:
    """Nats of each of gold's tokens after as many tokens of `prefix`."""
    ids = torch.tensor([[*prompt, *prefix[: len(gold) - 1]]])
    logits = model.logits(model.hidden(ids)[0, len(prompt) - 1 :])
    return F.cross_entropy(logits, torch.tensor(gold), reduction="none").tolist()


def repetition(ids: list[int], n: int = 4) -> float:
    grams = [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]
    return 1 - len(set(grams)) / len(grams)


def answers(format: ChatFormat, data: Path, count: int) -> list[tuple[list[int], list[int]]]:
    """Prompts and the first tokens of what the assistant says to them, evenly from all sources."""
    found: list[tuple[list[int], list[int]]] = []
    for number, name in enumerate(SOURCES, 1):
        for document in read(data, name, "eval"):
            for index, message in enumerate(document):
                ids = format.plain(message["content"])
                if message["role"] == "assistant" and len(ids) >= LEAST and len(found) < count * number // len(SOURCES):
                    found.append((format.prompt(document[:index])[-CONTEXT:], ids[:LEAST]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--answers", type=int, default=300)
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = llama.load(args.checkpoint).eval()
    format = ChatFormat(Tokenizer.from_file(str(args.checkpoint / "tokenizer.json")))
    sums: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0])
    repeated = []
    for prompt, gold in answers(format, args.data, args.answers):
        own = greedy(model, prompt, FREE, ends=())  # whatever would end the answer
        repeated.append(repetition(own))
        after_gold, after_own = losses(model, prompt, gold, gold), losses(model, prompt, own, gold)
        for low, high in BUCKETS:
            cell = sums[low, high]
            cell[0] += sum(after_gold[low:high])
            cell[1] += sum(after_own[low:high])
            cell[2] += high - low
    print("| tokens of the answer before | after the document's | after its own | difference |\n|---|---|---|---|")
    for (low, high), (gold_nats, own_nats, n) in sums.items():
        label = str(low) if high == low + 1 else f"{low}-{high - 1}"
        print(f"| {label} | {gold_nats / n:.3f} | {own_nats / n:.3f} | {(own_nats - gold_nats) / n:.3f} |")
    print(f"\nrepeated 4-grams in {FREE} greedy tokens: {sum(repeated) / len(repeated):.1%} ({len(repeated)} answers)")


if __name__ == "__main__":
    main()
