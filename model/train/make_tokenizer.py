"""Trains the byte-level BPE tokenizer of a new model: GPT-2's pattern, ChatML's tokens first.

    python model/train/make_tokenizer.py DATA OUTPUT [--vocab 4096] [--documents 60000]

Needed only for a model from random weights whose mixture differs much from the last one's; see train.py --tokenizer.
"""

import argparse
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from data.sources import Document, names, read
from generators.dialogue import DialogueMaker

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def texts(document: Document) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    else:
        yield from (m["content"] for m in document)


def documents(data: Path, share_alike: bool) -> Iterator[Document]:
    """Half invented dialogues, half given text, in turns."""
    rng, maker = Random(0), DialogueMaker(data)
    given = [d for name in names(share_alike) for d in read(data, name, "train", share_alike)]
    while True:
        yield maker.make(rng).messages()
        yield rng.choice(given)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--vocab", type=int, default=4096)
    parser.add_argument("--documents", type=int, default=60000)
    parser.add_argument("--share-alike", action="store_true", help="with the sources whose licence is share-alike")
    args = parser.parse_args()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=args.vocab, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    chosen = islice(documents(args.data, args.share_alike), args.documents)
    tokenizer.train_from_iterator((t for d in chosen for t in texts(d)), trainer)
    args.output.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(args.output / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 1024, "add_bos_token": False,
        "add_prefix_space": False, "clean_up_tokenization_spaces": False, "bos_token": None, "eos_token": SPECIAL[2],
        "pad_token": SPECIAL[0], "additional_special_tokens": [SPECIAL[1]], "chat_template": TEMPLATE,
    }  # fmt: skip
    (args.output / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
