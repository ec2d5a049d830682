"""Writes the evaluation's questions for `npm run eval`, which puts them to the shipped files through our own runtimes.

    python model/train/write_questions.py DATA model/evaluation/questions.jsonl.gz [--count 300]

A line is {"group", "length", "system", "asks", "spans" | "answers" | nothing}: the questions are put one after another, and
the last is judged. With `spans` its answer must hold one text of each list, with `answers` it must be one of them, else decline.
"""

import argparse
import gzip
import json
from pathlib import Path

from held_out import Case, HeldOut

GROUNDED = ("grounded", "follow", "sixth")
DECLINED = ("unknown", "elsewhere", "action")


def row(case: Case) -> dict:
    last = case.dialogue.exchanges[-1]
    result = {"group": case.group, "length": case.length, "system": case.dialogue.system}
    result["asks"] = [e.ask for e in case.dialogue.exchanges]
    if case.group.startswith(GROUNDED):
        result["spans"] = last.spans
    elif not case.group.startswith(DECLINED):
        result["answers"] = [last.answer, *case.also]
    return {key: value for key, value in result.items() if value not in ("", [])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--count", type=int, default=300, help="questions of each group")
    args = parser.parse_args()
    rows = [row(case) for case in HeldOut(args.data).cases(args.count)]
    args.questions.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)
    # Without the time of day, so that the same questions make the same file.
    args.questions.write_bytes(gzip.compress(lines.encode(), mtime=0))


if __name__ == "__main__":
    main()
