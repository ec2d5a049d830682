"""What stands around the facts in a system message, and how they are set."""

import random

from . import noise
from .fact import full_stop

INTROS = [
    "You are the assistant of {shop}.", "You are the assistant of {shop}, a {kind} in {town}.", "You are a helpful assistant for {shop}.",
    "{shop} is a {kind} in {town}.", "{shop} is a {kind}.", "{shop}, {kind}.", "Welcome to {shop}!", "This is the website of {shop}, a {kind}.",
    "You are {me}, the assistant of {shop}.", "Your name is {me}. You help the visitors of {shop}, a {kind}.", "You answer questions about {shop}.",
    "About {shop}:", "{shop}.", "You are the friendly helper on the website of {shop}. Answer from these facts.",
    "You are {me} from {shop}.", "You're {me} and help the guests of {shop}, a {kind} in {town}.", "Call yourself {me}. You answer for {shop}.", "I am {me}, the voice of {shop}.",
    "Speak as {me}, the helper at {shop}, a {kind}.", "Be {me}, who works for {shop}.", "{me} answers the visitors of {shop}.", "You play {me}, who knows all about {shop}.",
    "Details about our {kind} {shop}:", "What to know about the {kind} {shop}:", "You talk to the visitors of {shop}, our {kind} in {town}.",
    "You're {shop}'s chatbot, {me}.", "As {me}, you help the customers of {shop}.", "Our assistant {me} speaks for {shop}, a {kind} in {town}.", "In this chat you are {me} of {shop}.",
    "Take the part of {me}, who welcomes people at {shop}.", "Pretend to be {me}, who advises the customers of {shop}.", "Introduce yourself as {me}, who helps at {shop}.",
    "You go by {me} and sit at the desk of {shop}.", "You are called {me} and look after the guests of {shop}.", "Imagine that you are {me}, who knows the {kind} {shop} well.", "Behave like {me}, who tells people about {shop}.",
    "Reply as {me}, who answers letters for {shop}, a {kind}.", "You serve at {shop}, a {kind} in {town}, and help its customers.", "You speak for {shop}, a {kind} in {town}, with its customers.",
    "You write for {shop}, a {kind}.", "You stand in for the team of {shop}, a {kind} in {town}.", "You advise the customers of {shop}, a {kind}.", "Everything about our {kind} {shop}:",
    "Information about {shop}, our {kind} in {town}:", "Our {kind} {shop} in short:", "Notes on our {kind} {shop}:",
]  # fmt: skip
HELD_OUT_INTROS = ["You work for {shop}, a {kind} in {town}, and talk to its guests.", "Facts about our {kind} {shop}:", "Act as {me}, who greets the visitors of {shop}."]
FILLERS = [
    "We look forward to seeing you.", "Everything is made by hand.", "Our guests love the quiet.", "We are a family business.",
    "We care about good work.", "Everybody is welcome.", "The house has a long history.", "We love what we do.", "Small is beautiful.",
    "Come in and look around.", "We try to be kind to nature.", "Our team is small but friendly.", "We like a good laugh.",
    "Good things take time.", "Quality comes first with us.", "The neighbours call it the heart of the street.",
]  # fmt: skip
RULES = ["Be short and friendly.", "Only answer from these facts.", "If you do not know something, say so.", "Answer in one sentence."]
HEADINGS = ["Facts:", "Good to know:", "Information", "## Information", "FAQ", "What guests ask:", "Our answers:", "Details:", "# Facts", "What you should know:", "Notes", "INFO"]
ANSWERING = [("Q: ", "A: "), ("Q: ", "A: "), ("Question: ", "Answer: "), ("", ""), ("Q. ", "A. "), ("### ", ""), ("Visitor: ", "We: "), ("- ", "  ")]


def unit(text: str, form: str) -> str:
    """A block as one line: a question stands before its answer."""
    if form == "answers":
        ask, reply = text.split("\n", 1)
        return f"{noise.tidy(ask)} {reply}"
    return full_stop(text) if form == "text" else text


def lay_out_trained(rng: random.Random, intro: str, blocks: list[tuple[str, str]]) -> str:
    """Sentences in a row, a line or a paragraph each, bulleted or numbered lists, questions with answers, in the order of the blocks."""
    bullet = rng.choice(["- ", "- ", "* ", "", "+ "])
    numbered = rng.choice(["{}. ", "{}. ", "{}) "]) if rng.random() < 0.15 else None
    question, answer = rng.choice(ANSWERING)
    between = rng.choice(["\n", "\n", "\n\n"])
    glue = rng.choice([" ", " ", " ", "\n", "\n\n"])
    out = intro
    if rng.random() < 0.2:
        out += ("\n" if out else "") + rng.choice(HEADINGS) + "\n"
    previous = "text"
    for number, (text, form) in enumerate(blocks, 1):
        if numbered and form != "answers":
            out += ("\n" if out and not out.endswith("\n") else "") + numbered.format(number) + text
        elif form == "text":
            out += ("\n" if previous != "text" else glue if out and not out.endswith("\n") else "") + full_stop(text)
        elif form == "list":
            out += ("\n" if out and not out.endswith("\n") else "") + bullet + text
        else:
            ask, reply = text.split("\n", 1)
            out += f"{between}{question}{noise.tidy(ask)}\n{answer}{reply}"
        previous = form
    return out.strip()


def lay_out_unseen(rng: random.Random, intro: str, blocks: list[tuple[str, str]]) -> str:
    """For the evaluation: one fact a paragraph, numbered or joined by semicolons; questions and answers on one line. Training has come to know the first two."""
    style = rng.choice(["paragraphs", "numbers", "semicolons"])
    lines = [text if form == "text" and style == "semicolons" else unit(text, form) for text, form in blocks]
    if style == "semicolons":
        return f"{intro} {'; '.join(line.rstrip('.') for line in lines)}.".strip()
    if style == "numbers":
        return "\n".join([intro, *(f"{i}. {line}" for i, line in enumerate(lines, 1))]).strip()
    return "\n\n".join([intro, *lines]).strip()
