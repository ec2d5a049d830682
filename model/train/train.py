"""Trains the default chat model on a CPU or a GPU: one command, seeded, resumable.

    python model/train/train.py DATA RUN --start CHECKPOINT --until 03:45
    python model/train/train.py DATA RUN --tokenizer FOLDER --minutes 7 --device cuda --step-tokens 65536 --parts 1
    python model/train/train.py DATA RUN --tokenizer FOLDER --minutes 600        (from random weights)

DATA    folder with NAME.train.jsonl.xz and words.json.xz
RUN     state.pt (resumed from if there; written every few minutes, at the end and on SIGTERM), log.csv, held-out.csv (nats for
        each learnt token of unseen dialogues and texts), and checkpoint/: a Hugging Face folder that export.py reads

glibc's malloc must keep its memory, or most time goes into page faults, and oneDNN what it has prepared for each shape of a product;
the script sets that for itself and restarts.
"""

import argparse
import csv
import os
import shutil
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

SETTINGS = {"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "4294967296", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "20000"}
if __name__ == "__main__" and any(os.environ.get(k) != v for k, v in SETTINGS.items()):
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **SETTINGS})

import torch
from tokenizers import Tokenizer

import llama
import word_vectors
from data.chat_format import ChatFormat
from data.mixture import Mixture
from data.stream import stream
from held_out_loss import HeldOutLoss
from looking import layers_below, looked_at
from losses import loss_sum, weighted_nats
from muon import Muon
from schedule import factor
from scheduled_sampling import SCHEDULES, gold_share, own_guesses


def optimisers(model: llama.Llama, muon_rate: float, adam_rate: float) -> list[torch.optim.Optimizer]:
    matrices = [p for p in model.layers.parameters() if p.ndim == 2]
    norms = [p for p in model.parameters() if p.ndim == 1]
    table = {"params": [model.embed_tokens.weight], "weight_decay": 0.01}
    return [
        Muon(matrices, lr=muon_rate, weight_decay=0.1),
        torch.optim.AdamW([table, {"params": norms, "weight_decay": 0.0}], lr=adam_rate, betas=(0.9, 0.95), fused=True),
    ]


def seconds_until(clock: str) -> float:
    """To the next hh:mm of UTC."""
    now = datetime.now(UTC)
    hour, minute = map(int, clock.split(":"))
    end = now.replace(hour=hour, minute=minute, second=0)
    return ((end if end > now else end + timedelta(days=1)) - now).total_seconds()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("run", type=Path)
    parser.add_argument("--start", type=Path, help="Hugging Face checkpoint to go on from; random weights without it")
    parser.add_argument("--tokenizer", type=Path, help="folder with tokenizer.json; the checkpoint's by default")
    parser.add_argument("--until", help="hh:mm UTC at which the learning rate reaches 0")
    parser.add_argument("--minutes", type=float, default=60, help="instead of --until: time left to train")
    parser.add_argument("--cpu-time", action="store_true", help="count the time on the processor, to compare runs on a shared machine")
    parser.add_argument("--decay", type=float, default=0.4, help="share of the time in which the rate falls to 0")
    parser.add_argument("--warmup", type=int, default=40, help="steps, after a resumption too")
    parser.add_argument("--generated", type=float, default=0.75, help="share of invented dialogues among the tokens")
    parser.add_argument("--given-weight", type=float, default=0.1, help="of the other tokens in the loss; 1 from random weights")
    parser.add_argument("--lookup", type=Path, help="folder with the lookup.safetensors of fit_lookup.py; the checkpoint's by default, or shared words rank")
    parser.add_argument("--looking", type=float, default=3.0, help="weight of looking at the fact when an answer begins beside that of foretelling a token")
    parser.add_argument("--share-alike", action="store_true", help="with the sources whose licence is share-alike")
    parser.add_argument("--step-tokens", type=int, default=4096)
    parser.add_argument("--parts", type=int, default=3, help="batches a step is cut into")
    parser.add_argument("--longest", type=int, default=1000, help="tokens; longer documents are left out")
    parser.add_argument("--muon-rate", type=float, default=0.01)
    parser.add_argument("--adam-rate", type=float, default=0.0015)
    parser.add_argument("--layers", type=int, default=6, help="of a model from random weights")
    parser.add_argument("--hidden", type=int, default=256, help="of a model from random weights, a multiple of 64")
    parser.add_argument("--scheduled-sampling", choices=SCHEDULES, help="how the share of gold inputs falls; off without")
    parser.add_argument("--own", type=float, default=0.25, help="share of own guesses that scheduled sampling ends with")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU, for the model")
    parser.add_argument("--workers", type=int, default=8, help="processes that make a GPU's batches")
    parser.add_argument("--asked", type=Path, help="folder with what people really ask: generators/faq.py, intents.py")
    parser.add_argument("--books", type=Path, help="folder with more children's books: data/books.py")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if not (args.start or args.tokenizer):
        parser.error("--tokenizer is needed to train from random weights")
    return args


def from_random(args: argparse.Namespace) -> llama.Llama:
    feed_forward = round(args.hidden * 2.75 / 64) * 64
    heads = args.hidden // 64
    return llama.Llama(
        llama.Shape(
            hidden_size=args.hidden, num_hidden_layers=args.layers, intermediate_size=feed_forward,
            num_attention_heads=heads, num_key_value_heads=heads // 2 if heads % 2 == 0 else heads,
        )
    )  # fmt: skip


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.run.mkdir(parents=True, exist_ok=True)
    state_file = args.run / "state.pt"
    state = torch.load(state_file, map_location="cpu") if state_file.exists() else None
    done = state["done"] if state else {"step": 0, "seconds": 0.0, "tokens": 0}
    tokenizer_folder = args.tokenizer or args.start
    format = ChatFormat(Tokenizer.from_file(str(tokenizer_folder / "tokenizer.json")))
    # A resumed run goes on with other documents than those it has seen.
    seed = args.seed + 1000003 * done["step"]
    mixture = Mixture(args.data, format, args.generated, args.longest, args.share_alike, seed, args.asked, args.given_weight, args.books)
    lookup = args.lookup or tokenizer_folder
    mixture.rank = word_vectors.ranking(lookup, format.tokenizer)
    batches_of_steps = stream(mixture, args.device, args.step_tokens, args.parts, args.workers)
    held_out = HeldOutLoss(mixture, format, args.data)
    first_step = next(batches_of_steps)  # before a GPU is touched

    model = (llama.load(args.start) if args.start else from_random(args)).to(args.device)
    optims = optimisers(model, args.muon_rate, args.adam_rate)
    rates = [[group["lr"] for group in optim.param_groups] for optim in optims]
    if state:
        model.load_state_dict(state["model"])
        for optim, saved in zip(optims, state["optims"], strict=True):
            optim.load_state_dict(saved)
    on_gpu = args.device == "cuda"
    if on_gpu or shutil.which("g++"):
        # Layer by layer: one is compiled and serves for all, where the whole model would take a minute. A fifth to a quarter faster on a CPU.
        for layer in model.layers:
            layer.compile(dynamic=not on_gpu)
    nats_of = torch.compile(weighted_nats) if on_gpu else weighted_nats
    log_every = 10 if args.device == "cpu" else 20
    total = done["seconds"] + (seconds_until(args.until) if args.until else args.minutes * 60)

    def save() -> None:
        state = {"model": model.state_dict(), "optims": [o.state_dict() for o in optims], "done": done}
        torch.save(state, state_file.with_suffix(".new"))
        state_file.with_suffix(".new").replace(state_file)
        llama.save(model, args.run / "checkpoint", tokenizer_folder)
        if (lookup / word_vectors.FILE).exists():
            (args.run / "checkpoint" / word_vectors.FILE).write_bytes((lookup / word_vectors.FILE).read_bytes())
        unseen = held_out(model, args.device)
        with (args.run / "held-out.csv").open("a", newline="") as file:
            csv.writer(file).writerow([done["step"], done["tokens"], *(f"{name} {nats:.4f}" for name, nats in unseen.items())])

    log = csv.writer((args.run / "log.csv").open("a", newline="", buffering=1))
    if done["step"] == 0:
        log.writerow(["step", "seconds", "tokens", "rate", "nats_per_learnt_token", "nats_of_looking"])
    stop: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: stop.append(number))
    clock = time.process_time if args.cpu_time else time.monotonic
    start, began, first = clock(), done["seconds"], done["step"]
    saved, logged = time.monotonic(), first
    sums, questions = torch.zeros(2, device=args.device), 0
    for batches in chain([first_step], batches_of_steps):
        rate = factor(done["seconds"], total, done["step"] - first, args.warmup, args.decay)
        if done["seconds"] >= total or stop:
            break
        learnt = sum(b.weights.sum().item() for b in batches)
        for batch in batches:
            batch = batch.to(args.device)
            # bfloat16 pays on CPUs that multiply it (AVX512_BF16, AMX); elsewhere it is as fast as float32.
            with torch.autocast(args.device, dtype=torch.bfloat16):
                if args.scheduled_sampling:
                    gold = gold_share(args.scheduled_sampling, done["seconds"] / total, args.own)
                    batch = own_guesses(model, batch, gold)
                between: list[torch.Tensor] = []
                loss = loss_sum(model, batch, nats_of, between) / learnt
                sums[0] += loss.detach()
                if args.looking:
                    nats_of_looking = looked_at(model, between[layers_below(model) - 1], batch)
                    sums[1] += nats_of_looking.detach()
                    questions += len(batch.asked)
                    loss = loss + args.looking * nats_of_looking / learnt
            loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optim, base in zip(optims, rates, strict=True):
            for group, lr in zip(optim.param_groups, base, strict=True):
                group["lr"] = lr * rate
            optim.step()
            optim.zero_grad()
        done["step"] += 1
        done["tokens"] += sum(b.tokens for b in batches)
        if done["step"] % log_every == 0:
            steps = done["step"] - logged  # fewer than log_every after a resumption
            means = (sums / torch.tensor([steps, max(questions, 1)], device=args.device)).tolist()
            log.writerow([done["step"], round(done["seconds"]), done["tokens"], round(rate, 4), *(round(mean, 4) for mean in means)])
            logged, questions = done["step"], 0
            sums.zero_()
        done["seconds"] = began + clock() - start
        if time.monotonic() - saved > 240:
            save()
            saved = time.monotonic()
    save()


if __name__ == "__main__":
    main()
