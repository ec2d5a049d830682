"""Makes a checkpoint of the shipped float16 graph again, so that training goes on from what is in the repository.

    python model/train/restore.py model/edgewise-chat CHECKPOINT
    python model/train/train.py DATA RUN --start CHECKPOINT --minutes 60
"""

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper
from safetensors.numpy import save_file

from checkpoint import LlamaConfig, read_config
from export import JSON_FILES, LOOKUP_FILE
from reference_lookup import as_learnt, read_stored


def tensors(graph: onnx.ModelProto, c: LlamaConfig) -> dict[str, np.ndarray]:
    """By Hugging Face's names, as onnx_graph.py has stored them: matrices as [in, out], q/k/v and gate/up side by side."""
    stored = {t.name: numpy_helper.to_array(t) for t in graph.graph.initializer}

    def matrix(name: str) -> np.ndarray:
        return np.ascontiguousarray(stored[f"{name}.fp16"].T)

    def gain(name: str) -> np.ndarray:
        return stored[f"{name}.gain"].astype(np.float16)

    found = {"model.embed_tokens.weight": matrix("embedding"), "model.norm.weight": gain("norm")}
    q, kv = c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim
    for i in range(c.num_hidden_layers):
        to, source = f"model.layers.{i}.", f"layer.{i}."
        qkv = np.split(matrix(f"{source}qkv.weight"), [q, q + kv])
        gate_up = np.split(matrix(f"{source}gate_up.weight"), 2)
        found |= {f"{to}self_attn.{n}_proj.weight": m for n, m in zip("qkv", qkv, strict=True)}
        found |= {f"{to}mlp.{n}_proj.weight": m for n, m in zip(("gate", "up"), gate_up, strict=True)}
        found[f"{to}self_attn.o_proj.weight"] = matrix(f"{source}o.weight")
        found[f"{to}mlp.down_proj.weight"] = matrix(f"{source}down.weight")
        found[f"{to}input_layernorm.weight"] = gain(f"{source}attention_norm")
        found[f"{to}post_attention_layernorm.weight"] = gain(f"{source}ffn_norm")
    return {name: np.ascontiguousarray(value) for name, value in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shipped", type=Path)
    parser.add_argument("checkpoint", type=Path)
    args = parser.parse_args()
    config = read_config(json.loads((args.shipped / "config.json").read_text(encoding="utf-8")))
    args.checkpoint.mkdir(parents=True, exist_ok=True)
    graph = onnx.load(args.shipped / "onnx/model.onnx")
    save_file(tensors(graph, config), args.checkpoint / "model.safetensors", metadata={"format": "pt"})
    if (args.shipped / LOOKUP_FILE).exists():
        lookup = read_stored(args.shipped / LOOKUP_FILE)
        save_file(as_learnt(lookup), args.checkpoint / "lookup.safetensors", metadata={"words": "\n".join(lookup.words)})
    for file in JSON_FILES:
        shutil.copyfile(args.shipped / file, args.checkpoint / file)


if __name__ == "__main__":
    main()
