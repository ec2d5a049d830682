"""Reads a Hugging Face Llama checkpoint folder into NumPy."""

import json
from dataclasses import dataclass
from pathlib import Path

import ml_dtypes  # noqa: F401  registers bfloat16 with NumPy, which safetensors' reader needs
import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file


@dataclass(frozen=True)
class LlamaConfig:
    """The numbers of a Llama that the exporter and the reference pass need."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    max_position_embeddings: int
    rms_norm_eps: float
    rope_theta: float


@dataclass(frozen=True)
class Checkpoint:
    folder: Path
    config: LlamaConfig
    """Tensor name without the leading "model." → float32 array, matrices as [out, in]."""
    tensors: dict[str, np.ndarray]

    def json(self, name: str) -> dict:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))


def read_config(raw: dict) -> LlamaConfig:
    """Refuses what the graphs do not compute, so that nothing is exported silently wrong."""
    # transformers 5 moved rope_theta into rope_parameters.
    rope = raw.get("rope_parameters") or raw.get("rope_scaling") or {}
    refusals = {
        "model_type": raw.get("model_type") != "llama",
        "tie_word_embeddings": raw.get("tie_word_embeddings") is not True,
        "hidden_act": raw.get("hidden_act", "silu") != "silu",
        "attention_bias": bool(raw.get("attention_bias")),
        "mlp_bias": bool(raw.get("mlp_bias")),
        "rope_scaling": rope.get("rope_type", rope.get("type", "default")) != "default",
    }
    refused = [key for key, wrong in refusals.items() if wrong]
    if refused:
        raise SystemExit(f"config.json: cannot export {', '.join(f'{k}={raw.get(k)!r}' for k in refused)}")
    heads = raw["num_attention_heads"]
    return LlamaConfig(
        vocab_size=raw["vocab_size"],
        hidden_size=raw["hidden_size"],
        intermediate_size=raw["intermediate_size"],
        num_hidden_layers=raw["num_hidden_layers"],
        num_attention_heads=heads,
        num_key_value_heads=raw.get("num_key_value_heads") or heads,
        head_dim=raw.get("head_dim") or raw["hidden_size"] // heads,
        max_position_embeddings=raw["max_position_embeddings"],
        rms_norm_eps=raw["rms_norm_eps"],
        rope_theta=raw.get("rope_theta") or rope.get("rope_theta", 10000.0),
    )


def read_checkpoint(folder: Path) -> Checkpoint:
    config = read_config(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    tensors: dict[str, np.ndarray] = {}
    for file in sorted(folder.glob("model*.safetensors")):
        for name, value in load_file(file).items():
            tensors[name.removeprefix("model.")] = value.astype(np.float32)
    if not tensors:
        raise SystemExit(f"no .safetensors file in {folder}")
    tensors.pop("lm_head.weight", None)  # tied: the same numbers as embed_tokens
    return Checkpoint(folder, config, tensors)


def read_heads(folder: Path) -> dict[str, np.ndarray]:
    """Matrices of multi-token heads [width, width] by name; none where the checkpoint has no heads.safetensors."""
    file = folder / "heads.safetensors"
    return {name: value.astype(np.float32) for name, value in load_file(file).items()} if file.exists() else {}


DOUBT = 1.05  # times the cosine that training takes for nothing; half of the questions written by hand have chosen it
DECLINES = "I am sorry, I do not"  # have, or know that: how every answer begins that tells nothing (generators/exchange.py)
SIDES = ("unit", "question", "asked", "answered")


@dataclass(frozen=True)
class Lookup:
    """What facts are looked up with, as word_vectors.py has learnt it."""

    words: list[str]
    nothing: float
    """Cosine of what answers nothing."""
    tensors: dict[str, np.ndarray]
    """table [words + tokens, width]; for each side its gate.weight [width], gate.bias [1] and map.weight [width, width]; lean.weight [2, width] and lean.bias [2]."""


def words_in(file: Path) -> list[str]:
    """Of a lookup.safetensors."""
    with safe_open(file, "numpy") as stored:
        return stored.metadata()["words"].split("\n")


def read_lookup(folder: Path) -> Lookup | None:
    """None where the checkpoint has no lookup.safetensors."""
    file = folder / "lookup.safetensors"
    if not file.exists():
        return None
    stored = load_file(file)
    tensors = {"table": stored["table"], "lean.weight": stored["lean.weight"], "lean.bias": stored["lean.bias"]}
    for side in SIDES:
        tensors[f"{side}.gate.weight"] = stored[f"sides.{side}.gate.weight"][0]
        tensors |= {f"{side}.{name}": stored[f"sides.{side}.{name}"] for name in ("gate.bias", "map.weight")}
    return Lookup(words_in(file), DOUBT * float(stored["nothing"]), tensors)


def fused_layer(tensors: dict[str, np.ndarray], layer: int) -> dict[str, np.ndarray]:
    """One layer's four products, q/k/v and gate/up stacked along the output, as [out, in]."""
    p = f"layers.{layer}."
    qkv = [tensors[f"{p}self_attn.{n}_proj.weight"] for n in "qkv"]
    gate_up = [tensors[f"{p}mlp.{n}_proj.weight"] for n in ("gate", "up")]
    return {
        "qkv": np.concatenate(qkv),
        "o": tensors[f"{p}self_attn.o_proj.weight"],
        "gate_up": np.concatenate(gate_up),
        "down": tensors[f"{p}mlp.down_proj.weight"],
    }
