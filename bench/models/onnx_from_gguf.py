"""Makes a random GGUF into the ONNX graph that transformers.js takes, int8 arithmetic: its fastest on WebAssembly.

    python bench/models/onnx_from_gguf.py FOLDER

FOLDER  has model.gguf, a Llama with tied weights; gets config.json, generation_config.json and
        onnx/model_quantized.onnx. Rows of queries and keys stay in GGUF's order, which costs the same time.
"""

import json
import sys
from pathlib import Path

import gguf
import numpy as np
import onnx

sys.path.insert(0, str(Path(__file__).parents[2] / "model/train"))

from checkpoint import Checkpoint, read_config  # noqa: E402
from onnx_graph import build  # noqa: E402

LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
NAMES = {"token_embd.weight": "embed_tokens.weight", "output_norm.weight": "norm.weight"}


def hub_name(name: str) -> str:
    if name in NAMES:
        return NAMES[name]
    _, layer, part, _ = name.split(".")
    return f"layers.{layer}.{LAYER_NAMES[part]}.weight"


def main(folder: Path) -> None:
    reader = gguf.GGUFReader(folder / "model.gguf")

    def field(name: str) -> float:
        return reader.fields[f"llama.{name}"].contents()

    config = {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "tie_word_embeddings": True,
        "vocab_size": field("vocab_size"),
        "hidden_size": field("embedding_length"),
        "intermediate_size": field("feed_forward_length"),
        "num_hidden_layers": field("block_count"),
        "num_attention_heads": field("attention.head_count"),
        "num_key_value_heads": field("attention.head_count_kv"),
        "head_dim": field("rope.dimension_count"),
        "max_position_embeddings": field("context_length"),
        "rms_norm_eps": float(field("attention.layer_norm_rms_epsilon")),
        "rope_theta": float(field("rope.freq_base")),
    }
    tensors = {
        hub_name(tensor.name): gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        for tensor in reader.tensors
    }
    checkpoint = Checkpoint(folder, read_config(config), tensors)
    (folder / "onnx").mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "generation_config.json").write_text(json.dumps({"do_sample": False}), encoding="utf-8")
    onnx.save(build(checkpoint, "dynamic"), folder / "onnx/model_quantized.onnx")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
