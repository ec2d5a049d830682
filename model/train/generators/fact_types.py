"""Reads facts/*.txt: kinds of facts, each with the ways to state it and to ask for it.

    ## topic/name by slot        one kind; two kinds of one topic never meet as "known" and "unknown" in one dialogue.
                                 "by slot": a place has several of it, told apart by that slot ("price by thing")
    fact: {Thing} costs {price}. a sentence; capitalised slot names give the value a capital letter
    item: {Thing}: {price}       the same as an entry of a list
    reply: Yes, {price}.         the same as the answer in a list of questions
    entry: / joined:             several at once in one sentence: entries, and the sentence around {entries}
    ask:                         a question, lower case and without a question mark
    then:                        a short follow-up that only makes sense after a question of the same kind
    span: {open} ; {close}       what a right answer must contain: all of the ";" parts, each by one of its "|" slots
    {depth} = 1.2 m | {number} m the values of a slot of this kind's own (before the first kind: of the whole file's);
                                 "the sauna ~ steam room": a visitor may also say "steam room" for it

A "!" before the colon keeps a wording for the evaluation, as the kinds in held-out.txt are kept whole.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parent / "facts"
HELD_OUT_FILE = "held-out"
SLOT = re.compile(r"\{(\w+)\}")
OWN_SLOT = re.compile(r"\{(\w+)\} = (.+)")


@dataclass
class Wordings:
    """Texts by key ("fact", "ask" …)."""

    fact: list[str] = field(default_factory=list)
    item: list[str] = field(default_factory=list)
    reply: list[str] = field(default_factory=list)
    entry: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    ask: list[str] = field(default_factory=list)
    then: list[str] = field(default_factory=list)
    more: list[str] = field(default_factory=list)  # of pages only; see there


@dataclass
class FactType:
    file: str
    name: str
    by: str | None
    span: str = ""
    trained: Wordings = field(default_factory=Wordings)
    held_out: Wordings = field(default_factory=Wordings)
    own: dict[str, list[str]] = field(default_factory=dict)
    """Values of slots that only this kind or file has, by name."""

    @property
    def topic(self) -> str:
        return self.name.split("/")[0]

    @property
    def plain_asks(self) -> list[str]:
        """The first wordings, which name the thing as a list of questions would; later ones may only describe a situation."""
        return self.trained.ask[:10]

    @cached_property
    def slots(self) -> set[str]:
        """Every slot that a text of this kind may need, in lower case."""
        texts = [self.span]
        for wordings in (self.trained, self.held_out):
            for key in ("fact", "item", "reply", "entry", "ask", "then"):
                texts += getattr(wordings, key)
        return {name.lower() for text in texts for name in SLOT.findall(text)}


def read_file(path: Path) -> list[FactType]:
    types: list[FactType] = []
    shared: dict[str, list[str]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("# "):
            continue
        if line.startswith("## "):
            name, _, by = line[3:].partition(" by ")
            types.append(FactType(path.stem, name.strip(), by.strip() or None, own=dict(shared)))
            continue
        if own := OWN_SLOT.fullmatch(line.strip()):
            (types[-1].own if types else shared)[own[1]] = [value.strip() for value in own[2].split("|")]
            continue
        key, colon, text = line.partition(": ")
        held_out = key.endswith("!")
        key = key.removesuffix("!")
        if not colon or not types or key not in (*Wordings.__dataclass_fields__, "span"):
            raise SystemExit(f"{path.name}, line {number}: not a fact line: {line}")
        if key == "span":
            types[-1].span = text.strip()
        else:
            getattr(types[-1].held_out if held_out else types[-1].trained, key).append(text.strip())
    for t in types:
        if t.by and t.by not in t.slots or not (t.span and t.trained.fact and t.trained.item and t.trained.ask):
            raise SystemExit(f"{path.name}: {t.name} needs fact, item, ask and span, and its slot in them")
        same = {*t.held_out.ask, *t.held_out.fact} & {*t.trained.ask, *t.trained.fact}
        if same:
            raise SystemExit(f"{path.name}: {t.name} keeps a wording for the evaluation that it also trains on: {same}")
    return types


def read_all() -> dict[str, list[FactType]]:
    """File name → its kinds."""
    return {path.stem: read_file(path) for path in sorted(FOLDER.glob("*.txt"))}
