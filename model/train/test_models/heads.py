"""A random Llama with multi-token heads and a lookup as GGUF and ONNX; its expected values are NumPy's."""

import json
from collections.abc import Callable

import numpy as np
import onnx
from tokenizers import Tokenizer

import reference_forward as reference
from checkpoint import SIDES, Checkpoint, Lookup, read_config
from gguf_file import write_gguf, write_heads, write_lookup
from onnx_graph import build, build_heads
from q8_0 import dequantize
from reference_lookup import ReferenceLookup

from .tokenizer import FIXTURES, GREEDY, PROMPTS, tiny_tokenizer

NEAR_TIE = 0.3
"""In logits. Rounding to Q8_0 moves those of the tiny model by a tenth or so."""

WORDS = ["open", "sunday", "when", "don't", "park", "5", "€", "café"]
TEXTS = ["When do you open on Sunday?", "Parking costs €5, and we don't take cards.", "Café", "zwölf 12"]
EXCHANGE = ("When are you open?", "On Sunday, from 5.")


def tiny_heads() -> None:
    """The seed is one for which no guess is near a tie: engines that round otherwise must still agree."""
    folder = FIXTURES / "models/tiny-heads"
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    vocab_size, width, ffn, layers, kv_width = tiny_tokenizer(folder), 64, 96, 2, 32
    raw = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": vocab_size, "hidden_size": width,
        "intermediate_size": ffn, "num_hidden_layers": layers, "num_attention_heads": 4, "num_key_value_heads": 2,
        "head_dim": 16, "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
        "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": 1,
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(raw, indent=1) + "\n")
    (folder / "generation_config.json").write_text(json.dumps({"bos_token_id": 0, "eos_token_id": 1}) + "\n")

    random = np.random.default_rng(30)

    def matrix(out: int, inputs: int, scale: float = 1.0) -> np.ndarray:
        return (random.standard_normal((out, inputs)) * scale * inputs**-0.5).astype(np.float32)

    tensors = {"embed_tokens.weight": matrix(vocab_size, width, 4), "norm.weight": np.ones(width, np.float32)}
    sizes = {"self_attn.q_proj": (width, width), "self_attn.k_proj": (kv_width, width), "self_attn.v_proj": (kv_width, width)}
    sizes |= {"self_attn.o_proj": (width, width), "mlp.gate_proj": (ffn, width), "mlp.up_proj": (ffn, width)}
    sizes |= {"mlp.down_proj": (width, ffn)}
    for i in range(layers):
        tensors |= {f"layers.{i}.{name}.weight": matrix(*size, 2) for name, size in sizes.items()}
        norms = ("input_layernorm", "post_attention_layernorm")
        tensors |= {f"layers.{i}.{name}.weight": np.ones(width, np.float32) for name in norms}
    checkpoint = Checkpoint(folder, read_config(raw), tensors)
    heads = {f"heads.{i}.weight": matrix(width, width, 2) for i in range(3)}
    onnx.save(build(checkpoint, "q8_0"), folder / "onnx/model_quantized.onnx")
    onnx.save(build(checkpoint, "fp16"), folder / "onnx/model.onnx")
    onnx.save(build_heads(checkpoint, heads), folder / "onnx/heads.onnx")
    write_gguf(checkpoint, folder / "model.gguf", "tiny-heads")
    write_heads(heads, folder / "heads.gguf", "tiny-heads")
    write_lookup(tiny_lookup(matrix, vocab_size), folder / "lookup.gguf", "tiny-heads")

    weights = reference.q8_0_weights(checkpoint)
    matrices = [dequantize(head) for head in heads.values()]
    cases = []
    for ids in PROMPTS:
        rows = reference.head_logits(weights, matrices, reference.hidden_states(weights, ids))
        second, first = np.moveaxis(np.sort(rows)[..., -2:], -1, 0)
        if (first - second).min() < NEAR_TIE:
            raise SystemExit("tiny-heads: some guess is near a tie; take another seed")
        cases.append(
            {
                "prompt": ids,
                "greedy": reference.greedy(weights, ids, GREEDY),
                "guesses": rows.argmax(axis=-1).tolist(),
                "headLogits": rows[..., :8].round(5).tolist(),
            }
        )
    (folder / "expected.json").write_text(json.dumps(cases) + "\n")
    placed = ReferenceLookup.stored(folder / "lookup.gguf", Tokenizer.from_file(str(folder / "tokenizer.json")))
    directions = [
        {"text": text, "unit": placed.unit(text).round(5).tolist(), "question": placed.question(text).round(5).tolist(),
         "after": placed.question(text, *EXCHANGE).round(5).tolist()}
        for text in TEXTS
    ]  # fmt: skip
    (folder / "expected-lookup.json").write_text(json.dumps({"exchange": EXCHANGE, "directions": directions}) + "\n")


def tiny_lookup(matrix: Callable[..., np.ndarray], vocab_size: int) -> Lookup:
    width = 32
    tensors = {"table": matrix(len(WORDS) + vocab_size, width, 4), "lean.weight": matrix(2, width), "lean.bias": np.array([-1, 0.5], np.float32)}
    for i, side in enumerate(SIDES):
        tensors |= {f"{side}.gate.weight": matrix(1, width)[0], f"{side}.gate.bias": np.array([i / 4], np.float32), f"{side}.map.weight": matrix(width, width)}
    return Lookup(WORDS, 0.25, tensors)
