"""How visitors type: with or without capitals and question marks, with slips of the finger."""

import random

SHORT = {"please": "pls", "you": "u", "are": "r", "what is": "whats", "thanks": "thx", "do not": "dont", "cannot": "cant", "i am": "im", "tomorrow": "tmrw"}


def slip(rng: random.Random, word: str) -> str:
    """One letter dropped, doubled or swapped with its neighbour; never the first one."""
    if len(word) < 4 or not word.isalpha():
        return word
    i = rng.randint(1, len(word) - 2)
    return rng.choice([word[:i] + word[i + 1 :], word[: i + 1] + word[i:], word[:i] + word[i + 1] + word[i] + word[i + 2 :]])


QUESTION = set("what which who whose whom when where why how is are am do does did can could may will would should at until since in on".split())


OPENERS = ["hi, {}", "hello, {}", "can you tell me {}", "please tell me {}", "excuse me, {}", "{} please", "i would like to know {}", "ok, {}", "one more question: {}", "do you know {}", "so {}", "{}, can you tell me"]
HELD_OUT_OPENERS = ["good morning! {}", "quick question, {}", "sorry to bother you, {}", "just wondering, {}"]


def opened(rng: random.Random, question: str, held_out: bool = False) -> str:
    """At times with the words that people put around a question."""
    if rng.random() < 0.8:
        return question
    return rng.choice(HELD_OUT_OPENERS if held_out else OPENERS).format(question)


def is_question(text: str) -> bool:
    return text.split()[0].strip(",") in QUESTION or text.startswith(("and ", "what about"))


def tidy(text: str) -> str:
    """As written with care: "when do i pay" → "When do I pay?", "thanks" → "Thanks."."""
    text = text.replace(" i ", " I ").replace(" i'", " I'")
    text = "I" + text[1:] if text.startswith(("i ", "i'")) else text[0].upper() + text[1:]
    if text[-1] in "?!.":
        return text
    return text + ("?" if is_question(text[0].lower() + text[1:]) else ".")


def typed(rng: random.Random, text: str, style: str) -> str:
    """`text`, lower case and without a question mark, as a visitor of this style types it.

    style  "tidy", "plain" (as it is), "asking" (a question mark only) or "hasty" (slips and short forms)
    """
    if style == "tidy":
        return tidy(text)
    if style == "asking":
        return text + "?" if is_question(text) and text[-1] not in "?!." else text
    if style == "hasty":
        for long, short in SHORT.items():
            if rng.random() < 0.4:
                text = f" {text} ".replace(f" {long} ", f" {short} ").strip()
        words = text.split(" ")
        for _ in range(1 + len(words) // 6):
            i = rng.randrange(len(words))
            words[i] = slip(rng, words[i])
        text = " ".join(words).lower() if rng.random() < 0.5 else " ".join(words)
    return text


def style(rng: random.Random) -> str:
    return rng.choices(["tidy", "plain", "asking", "hasty"], [5, 2, 2, 2])[0]
