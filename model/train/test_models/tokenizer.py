"""The small models' tokenizer, and what their files have in common."""

import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

FIXTURES = Path(__file__).parents[3] / "test/fixtures"
GREEDY = 20
PROMPTS = ([0, 50, 60, 70], [0, 280, 281, 282, 283, 284, 285, 9])


def tiny_tokenizer(folder: Path) -> int:
    """Byte-level BPE of 300 tokens; 0 begins a prompt, 1 ends an answer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<|begin|>", "<|end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    text = ["the quick brown fox jumps over the lazy dog", "she sells sea shells by the sea shore"] * 4
    tokenizer.train_from_iterator(text, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "bos_token": "<|begin|>",
                "eos_token": "<|end|>",
                "add_bos_token": True,
                "model_max_length": 128,
            },
            indent=1,
        )
    )
    return tokenizer.get_vocab_size()
