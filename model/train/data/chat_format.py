"""ChatML as the tokenizer's template writes it, with a weight for each token's loss."""

from dataclasses import dataclass

from tokenizers import Tokenizer

from .sources import Document

SEPARATOR, START, END = 0, 1, 2  # <|endoftext|>, <|im_start|>, <|im_end|>


@dataclass(frozen=True)
class Tokens:
    ids: list[int]
    """Of the loss of predicting ids[i]; 0 for context only."""
    weights: list[float]

    def __len__(self) -> int:
        return len(self.ids)


class ChatFormat:
    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer
        self.newline = self.plain("\n")
        self.headers = {role: [START, *self.plain(f"{role}\n")] for role in ("system", "user", "assistant")}

    def plain(self, text: str) -> list[int]:
        """Text that may not smuggle in special tokens."""
        return self.tokenizer.encode(text.replace("<|", "< |"), add_special_tokens=False).ids

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

    def prompt(self, messages: list[dict]) -> list[int]:
        """What a model is asked to go on from."""
        return [*self.encode(messages, 0.0).ids, *self.newline, *self.headers["assistant"]]
