"""More wordings of small talk: what users typed for the intents of the Bot Framework corpus (ISC), given to our kinds of talk."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from data import sources

from .talk_types import Talk

# Intent → kind of talk; what has no kind here would need an answer that this assistant does not give.
KINDS = {
    "greetings.hello": "hello", "greetings.goodmorning": "hello", "greetings.goodevening": "hello", "greetings.nice_to_meet_you": "hello", "greetings.nice_to_see_you": "hello",
    "greetings.how_are_you": "howareyou", "greetings.whatsup": "howareyou", "greetings.bye": "bye", "greetings.goodnight": "bye", "user.will_be_back": "bye", "user.going_to_bed": "bye",
    "appraisal.thank_you": "thanks", "appraisal.well_done": "praise", "agent.good": "praise", "agent.clever": "praise", "agent.funny": "praise",
    "agent.bad": "blame", "agent.annoying": "blame", "agent.boring": "blame", "agent.crazy": "blame", "agent.fired": "blame", "appraisal.bad": "blame", "dialog.wrong": "blame",
    "dialog.what_do_you_mean": "puzzled", "appraisal.good": "ok", "appraisal.no_problem": "ok", "agent.answer_my_question": "question", "agent.ready": "question", "user.needs_advice": "question",
    "agent.chatbot": "human", "agent.real": "human", "agent.boss": "maker", "agent.origin": "maker", "agent.age": "feelings", "agent.birth_date": "feelings", "agent.hungry": "feelings", "agent.happy": "feelings",
    "agent.acquaintance": "who",
}  # fmt: skip


def plain(text: str) -> str:
    return text.lower().strip(" .!?")


def widen(talk: dict[str, list[Talk]], data: Path) -> None:
    """Adds to each kind what the corpus has for it."""

    def wordings() -> Iterator[tuple[str, str]]:
        for row in sources.rows(data, "smalltalk", "train"):
            intent = (row.get("topic") or [""])[0].removeprefix("smalltalk.")
            if intent in KINDS:
                yield KINDS[intent], plain(sources.normalise(row["messages"][0]["content"]))

    add(talk, wordings())


def add(talk: dict[str, list[Talk]], wordings: Iterable[tuple[str, str]]) -> None:
    """Adds to kinds, by name, what is asked for them, less what is kept for the evaluation."""
    kinds = {t.name: t for ts in talk.values() for t in ts}
    kept = {plain(ask) for t in kinds.values() for ask in t.held_out}
    known = {name: {*t.trained, *kept} for name, t in kinds.items()}
    for name, ask in wordings:
        if ask and ask.isascii() and "{" not in ask and ask not in known[name]:
            known[name].add(ask)
            kinds[name].trained.append(ask)
