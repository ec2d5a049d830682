"""Questions made of a fact's own words, or of what is said instead of them, in everyday frames: they are found in any text."""

import random

from .likeness import content_words, stems
from .thesaurus import Thesaurus

LEAST = 3  # letters of a word that is asked about

# Around one word of a fact, or two ({x}, {y}); also put around what the facts do not mention, to be declined.
ONE = [
    "what about {x}", "do you have {x}", "is there {x}", "how does it work with {x}", "i have a question about {x}", "how much is {x}", "what does {x} cost", "when is {x}", "where is {x}",
    "where do i find {x}", "how many {x} are there", "how many {x} do you have", "how often is there {x}", "how long does {x} take", "can i get {x}", "may i have {x}", "do i need {x}", "do i have to pay for {x}",
    "is {x} possible", "is {x} allowed", "is {x} included", "what do i need for {x}", "who is responsible for {x}", "who do i ask about {x}", "do you offer {x}", "do you do {x}", "can you tell me about {x}",
    "could you say something on {x}", "i am looking for {x}", "i need {x}", "i would like to know more about {x}", "what are your rules on {x}", "how do i get {x}", "what if i want {x}", "tell me about {x} please",
    "i heard something about {x}, what is it", "a friend told me about {x}, is that right", "hello, my question is about {x}", "{x}", "{x} please", "any {x}", "information on {x}", "got {x}", "are there {x} at your place",
    "what is this {x} i read about", "we are interested in {x}", "what happens with {x}", "until when is there {x}", "since when do you have {x}", "which {x} do you have", "what kind of {x} is there", "is it true that you have {x}",
    "why {x}", "will there be {x}", "can i book {x}", "do you sell {x}", "do you still have {x}", "i want to ask about {x}, can you help", "i am not sure about {x}", "whats the deal with {x}", "can we bring {x}",
    "are {x} free", "is {x} for free or do i pay", "do you know anything about {x}", "my wife asks about {x}", "my son would like {x}", "we come because of {x}", "could i reserve {x}", "how soon can i have {x}",
]  # fmt: skip
TWO = [
    "is there {x} with {y}", "what about {x} and {y}", "{x} {y}", "{y} {x}", "do you have {x} for {y}", "how is it with {x} when {y}", "can i get {x} and {y}", "how much is {x} for {y}", "what does {x} with {y} cost",
    "i have a question about {x} and {y}", "when is {x} for {y}", "do i need {x} for {y}", "is {x} possible with {y}", "can the {x} be {y}", "are {x} {y}", "is the {x} {y}", "does the {x} have {y}", "how long is {x} {y}",
    "what do you say about {y} and {x}", "do you do {x} with {y} too", "i would like {x}, is {y} included", "how many {x} for {y}", "where can i {x} my {y}", "how do i {x} the {y}", "who does the {x} for {y}", "until when can i {x} {y}",
    "i come for {x}, what about {y}", "hi, do you know if {x} is {y}", "do i {x} when {y}", "and {x} in {y}", "which {x} is {y}", "the {x} i want is {y}, is that fine", "can we {x} at {y}", "may i {x} with {y}",
]  # fmt: skip


def bent(rng: random.Random, word: str) -> str:
    """At times in the singular or the plural instead."""
    if len(word) < 5 or rng.random() < 0.8:
        return word
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word + "s"


def framed(rng: random.Random, found: list[str]) -> str:
    """A question around one or two of some words."""
    x, *rest = (bent(rng, w.lower() if rng.random() < 0.9 else w) for w in rng.sample(found, min(len(found), 2)))
    if rest and rng.random() < 0.5:
        return rng.choice(TWO).format(x=x, y=rest[0])
    article = rng.choice(["", "", "the ", "your ", "a "])
    return rng.choice(ONE).format(x=f"{article}{x}")


def ask(rng: random.Random, thesaurus: Thesaurus, stated: str, others: list[str]) -> str | None:
    """A question by words that of all facts only one has, or by what may be said instead of them; None if it has none of its own."""
    taken = {s for other in others if other != stated for s in stems(other)}
    own = [w for w in content_words(stated, LEAST) if (s := stems(w)) and not taken.intersection(s)]
    known = [w for w in own if w.lower() in thesaurus.others]
    if known and rng.random() < 0.5:
        return framed(rng, [thesaurus.instead(rng, w, taken) for w in known])
    return framed(rng, own) if own else None
