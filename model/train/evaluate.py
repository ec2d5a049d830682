"""Holds a checkpoint against questions that training has not seen, and against held-out text.

    python model/train/evaluate.py DATA CHECKPOINT [--count 200] [--share 1] [--show 3]

Greedy answers from the whole system message, as a reader without the lookup has it: what visitors get is what `npm run eval`
says of an exported folder. See held_out.py for the groups. Right is:
  grounded, follow-up     the answer holds every span asked for, and no span of another fact of the same kind instead
  unknown, elsewhere      the answer declines
  courtesy, identity      the answer is one meant for that kind of talk
"""

import argparse
import re
from collections import Counter, defaultdict
from pathlib import Path

import torch
from tokenizers import Tokenizer

import llama
from bits_per_byte import NAMES, bits_per_byte
from data.chat_format import ChatFormat
from generate import greedy
from held_out import Case, HeldOut

DECLINES = re.compile(r"\b(sorry(?!, no\b)|I (do not|don't) (know|have that)|I (cannot|can't)|only know about)\b", re.I)


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.lower()).strip(" .!?")


def right(case: Case, answer: str) -> bool:
    expected = case.dialogue.exchanges[-1]
    if case.group.startswith(("grounded", "follow", "sixth")):
        low = plain(answer)
        return not DECLINES.search(answer) and all(any(plain(w) in low for w in part) for part in expected.spans)
    if case.group.startswith(("unknown", "elsewhere", "action")):
        return bool(DECLINES.search(answer))
    return plain(answer) in map(plain, (expected.answer, *case.also))


def reply(model: llama.Llama, format: ChatFormat, case: Case) -> str:
    """The answer to the last question, after the model's own answers to the earlier ones."""
    messages = [{"role": "system", "content": case.dialogue.system}] if case.dialogue.system else []
    answer = ""
    for exchange in case.dialogue.exchanges:
        messages.append({"role": "user", "content": exchange.ask})
        prompt = format.prompt(messages)[-(model.shape.max_position_embeddings - 80) :]
        answer = format.tokenizer.decode(greedy(model, prompt, 80))
        messages.append({"role": "assistant", "content": answer})
    return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--count", type=int, default=300, help="questions of each group")
    parser.add_argument("--share", type=float, default=1, help="of the held-out text, 0 to leave it out")
    parser.add_argument("--only", default="", help="regular expression of the groups to ask")
    parser.add_argument("--show", type=int, default=0, help="answers printed of each group")
    args = parser.parse_args()
    torch.set_num_threads(1)
    model = llama.load(args.checkpoint).eval()
    format = ChatFormat(Tokenizer.from_file(str(args.checkpoint / "tokenizer.json")))
    counts: dict[str, Counter] = defaultdict(Counter)
    shown: Counter = Counter()
    for case in HeldOut(args.data).cases(args.count):
        if not re.search(args.only, case.group):
            continue
        answer = reply(model, format, case)
        ok = right(case, answer)
        for key in {case.group, f"{case.group} {case.length}".strip()}:
            counts[key].update(n=1, right=ok, declined=bool(DECLINES.search(answer)))
        shown[case.group, ok] += 1
        if shown[case.group, ok] <= args.show:
            expected = case.dialogue.exchanges[-1]
            print(f"\n[{case.group}, {'right' if ok else 'WRONG'}] {case.dialogue.system}")
            print(f"> {' / '.join(e.ask for e in case.dialogue.exchanges)}\n< {answer}\n= {expected.answer}")
    print("\n| questions | number | right | declined |\n|---|---|---|---|")
    for key in sorted(counts):
        c = counts[key]
        print(f"| {key} | {c['n']} | {c['right'] / c['n']:.1%} | {c['declined'] / c['n']:.1%} |")
    if args.share:
        print("\n| held-out text | bits per byte |\n|---|---|")
        for name in NAMES:
            print(f"| {name} | {bits_per_byte(model, format, args.data, name, args.share):.3f} |", flush=True)
        print(f"| reading, as far as trained on | {bits_per_byte(model, format, args.data, 'reading', args.share, share_alike=False):.3f} |")


if __name__ == "__main__":
    main()
