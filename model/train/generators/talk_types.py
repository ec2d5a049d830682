"""Reads talk/*.txt: small talk, identity and what to decline, as questions ("ask:", "ask!:" held out) with answers."""

from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "talk"


@dataclass
class Talk:
    file: str
    name: str
    trained: list[str] = field(default_factory=list)
    held_out: list[str] = field(default_factory=list)
    say: list[str] = field(default_factory=list)


def read_file(path: Path) -> list[Talk]:
    kinds: list[Talk] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("# "):
            continue
        if line.startswith("## "):
            kinds.append(Talk(path.stem, line[3:].strip()))
            continue
        key, colon, text = line.partition(": ")
        target = {"ask": "trained", "ask!": "held_out", "say": "say"}.get(key)
        if not colon or not kinds or target is None:
            raise SystemExit(f"{path.name}, line {number}: not a line of talk: {line}")
        getattr(kinds[-1], target).append(text.strip())
    return kinds


def read_all() -> dict[str, list[Talk]]:
    """File name → its kinds."""
    return {path.stem: read_file(path) for path in sorted(FOLDER.glob("*.txt"))}
