"""ChatML as the tokenizer's template writes it, with a weight for each token's loss."""

from dataclasses import dataclass, replace

from tokenizers import Encoding, Tokenizer

from generators.dialogue import Dialogue
from generators.lookup import LookedUp

from .sources import Document

SEPARATOR, START, END = 0, 1, 2  # <|endoftext|>, <|im_start|>, <|im_end|>


@dataclass(frozen=True)
class Tokens:
    ids: list[int]
    """Of the loss of predicting ids[i]; 0 for context only."""
    weights: list[float]
    """First and last tokens of the facts that the system message states, and tokens before the answers that tell one, each with the fact."""
    facts: tuple[tuple[int, int, str], ...] = ()
    asked: tuple[tuple[int, str], ...] = ()

    def __len__(self) -> int:
        return len(self.ids)


class ChatFormat:
    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer
        self.newline = self.plain("\n")
        self.headers = {role: [START, *self.plain(f"{role}\n")] for role in ("system", "user", "assistant")}

    def plain(self, text: str) -> list[int]:
        return self.encoding(text).ids

    def encoding(self, text: str) -> Encoding:
        """Of text that may not smuggle in special tokens."""
        return self.tokenizer.encode(text.replace("<|", "< |"), add_special_tokens=False)

    def encode(self, document: Document, user_weight: float) -> Tokens:
        """System messages, headers and newlines are context only; prose follows a separator and is scored whole."""
        if isinstance(document, str):
            ids = [SEPARATOR, *self.plain(document)]
            return Tokens(ids, [0.0] + [1.0] * (len(ids) - 1))
        ids: list[int] = []
        weights: list[float] = []
        for message in document:
            header, content = self.headers[message["role"]], [*self.plain(message["content"]), END]
            weight = {"system": 0.0, "user": user_weight, "assistant": 1.0}[message["role"]]
            ids += header + content + self.newline
            weights += [0.0] * len(header) + [weight] * len(content) + [0.0] * len(self.newline)
        return Tokens(ids[: -len(self.newline)], weights[: -len(self.newline)])

    def with_facts(self, tokens: Tokens, system: str, facts: list[str], answered: list[str]) -> Tokens:
        """The same tokens of a dialogue that begins with a system message; answered: the fact that each answer tells, or ""."""
        encoding = self.encoding(system)
        start = len(self.headers["system"])
        found = {fact: at for fact in facts if fact and (at := system.find(fact)) >= 0}
        stated = tuple((start + encoding.char_to_token(at), start + encoding.char_to_token(at + len(fact) - 1), fact) for fact, at in found.items())
        answers = [i for i, weight in enumerate(tokens.weights) if weight and not tokens.weights[i - 1]]
        asked = ((place - 1, fact) for place, fact in zip(answers, answered, strict=True) if fact in found)
        return replace(tokens, facts=stated, asked=tuple(asked))

    def looked_up(self, dialogue: Dialogue, found: LookedUp) -> Tokens:
        """The introduction and what was looked up, a line each, then the exchanges; only the last answer is learnt."""
        system = "\n".join(filter(None, [dialogue.intro, *found.lines]))
        *before, last = dialogue.exchanges[found.first : found.last + 1]
        messages = Dialogue(system, [*before, replace(last, answer=found.answer)]).messages()
        given = self.prompt(messages[:-1])
        tokens = self.encode(messages, user_weight=0)
        tokens = replace(tokens, weights=[0.0] * len(given) + tokens.weights[len(given) :])
        return self.with_facts(tokens, system, [found.gold], [found.gold])

    def prompt(self, messages: list[dict]) -> list[int]:
        """What a model is asked to go on from."""
        return [*self.encode(messages, 0.0).ids, *self.newline, *self.headers["assistant"]]
