"""Writes what the TypeScript tests are held against, computed apart from them:

test/fixtures/reference-logits.json   the default model by NumPy: greedy ids and a few logits after some prompts
test/fixtures/models/tiny-gpt2/       a random GPT-2 in the hub's layout, and expected.json computed by transformers
test/fixtures/models/tiny-heads/      a random Llama with multi-token heads as GGUF and ONNX, and expected.json by NumPy
"""

import json
from pathlib import Path

import numpy as np

import reference_forward as reference
from check_export import chat_prompts
from checkpoint import Checkpoint, read_config
from test_models.gpt2 import tiny_gpt2
from test_models.heads import tiny_heads
from test_models.tokenizer import FIXTURES, GREEDY

DEFAULT_MODEL = Path(__file__).parents[1] / "edgewise-chat"


def reference_logits() -> None:
    """From the GGUF, whose weights are those of the quantised graph."""
    raw = json.loads((DEFAULT_MODEL / "config.json").read_text())
    config = read_config(raw)
    weights = reference.gguf_weights(DEFAULT_MODEL / "model.gguf", config)
    prompts = chat_prompts(Checkpoint(DEFAULT_MODEL, config, {}))
    cases = []
    for ids in prompts:
        logits = reference.forward(weights, ids)[-1]
        shown = np.argsort(-logits)[:5].tolist() + [0, 100, config.vocab_size - 1]
        cases.append(
            {
                "prompt": ids,
                "greedy": reference.greedy(weights, ids, GREEDY),
                "logits": [{"id": i, "value": round(float(logits[i]), 6)} for i in shown],
            }
        )
    (FIXTURES / "reference-logits.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    reference_logits()
    tiny_gpt2()
    tiny_heads()
