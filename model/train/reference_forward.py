"""An independent Llama forward pass in float64 NumPy, without a cache: the oracle that exports are checked against.

Four readings of the same checkpoint:
  float_weights(checkpoint)   the checkpoint's own numbers, rotary halves (Hugging Face's layout)
  q8_0_weights(checkpoint)    weights rounded to Q8_0, as in onnx/model_quantized.onnx
  dynamic_weights(checkpoint) weights and activations rounded as in a "dynamic" graph
  gguf_weights(path)          tensors read back from a GGUF, rotary in interleaved pairs (llama.cpp's layout)
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np

from checkpoint import Checkpoint, LlamaConfig, fused_layer
from int8 import quantize_rows, quantize_weight
from q8_0 import dequantize

Product = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Layer:
    attention_norm: np.ndarray
    qkv: Product
    o: Product
    ffn_norm: np.ndarray
    gate_up: Product
    down: Product


@dataclass(frozen=True)
class Weights:
    config: LlamaConfig
    embedding: np.ndarray  # [vocab, hidden]
    head: Product
    norm: np.ndarray
    layers: list[Layer]
    interleaved: bool


def float_product(weight: np.ndarray) -> Product:
    w = weight.astype(np.float64)
    return lambda x: x @ w.T


def dynamic_product(weight: np.ndarray) -> Product:
    q, scale = quantize_weight(weight)
    q64, scale64 = q.astype(np.float64), scale.astype(np.float64)

    def product(x: np.ndarray) -> np.ndarray:
        rows, row_scale = quantize_rows(x)
        return rows @ q64.T * row_scale * scale64

    return product


def from_checkpoint(checkpoint: Checkpoint, product: Callable[[np.ndarray], Product], embedding: np.ndarray) -> Weights:
    t = checkpoint.tensors
    layers = []
    for i in range(checkpoint.config.num_hidden_layers):
        m = {name: product(w) for name, w in fused_layer(t, i).items()}
        norms = (t[f"layers.{i}.{n}_layernorm.weight"].astype(np.float64) for n in ("input", "post_attention"))
        layers.append(Layer(next(norms), m["qkv"], m["o"], next(norms), m["gate_up"], m["down"]))
    head = product(t["embed_tokens.weight"])
    return Weights(checkpoint.config, embedding, head, t["norm.weight"].astype(np.float64), layers, False)


def float_weights(checkpoint: Checkpoint) -> Weights:
    table = checkpoint.tensors["embed_tokens.weight"].astype(np.float64)
    return from_checkpoint(checkpoint, float_product, table)


def q8_0_weights(checkpoint: Checkpoint) -> Weights:
    table = dequantize(checkpoint.tensors["embed_tokens.weight"])
    return from_checkpoint(checkpoint, lambda w: float_product(dequantize(w)), table)


def dynamic_weights(checkpoint: Checkpoint) -> Weights:
    q, scale = quantize_weight(checkpoint.tensors["embed_tokens.weight"])
    return from_checkpoint(checkpoint, dynamic_product, q.astype(np.float64) * scale[:, None].astype(np.float64))


def gguf_weights(path: Path, config: LlamaConfig) -> Weights:
    reader = gguf.GGUFReader(path)
    t = {x.name: gguf.dequantize(x.data, x.tensor_type).astype(np.float64) for x in reader.tensors}
    layers = []
    for i in range(config.num_hidden_layers):
        b = f"blk.{i}."
        qkv = np.concatenate([t[f"{b}attn_{n}.weight"] for n in "qkv"])
        gate_up = np.concatenate([t[f"{b}ffn_{n}.weight"] for n in ("gate", "up")])
        o, down = t[f"{b}attn_output.weight"], t[f"{b}ffn_down.weight"]
        layers.append(
            Layer(
                t[f"{b}attn_norm.weight"], float_product(qkv), float_product(o),
                t[f"{b}ffn_norm.weight"], float_product(gate_up), float_product(down),
            )
        )  # fmt: skip
    table = t["token_embd.weight"]
    head = float_product(t.get("output.weight", table))
    return Weights(config, table, head, t["output_norm.weight"], layers, True)


def rms_norm(x: np.ndarray, gain: np.ndarray, eps: float) -> np.ndarray:
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + eps) * gain


def rotate(x: np.ndarray, theta: float, interleaved: bool) -> np.ndarray:
    """Rotary embedding of [n, heads, head_dim]; pairs are (i, i + half), or (2i, 2i + 1) if interleaved."""
    n, _, dim = x.shape
    angle = np.arange(n)[:, None] * theta ** (-np.arange(0, dim, 2) / dim)
    cos, sin = np.cos(angle)[:, None, :], np.sin(angle)[:, None, :]
    a, b = (x[..., 0::2], x[..., 1::2]) if interleaved else (x[..., : dim // 2], x[..., dim // 2 :])
    first, second = a * cos - b * sin, a * sin + b * cos
    if interleaved:
        return np.stack([first, second], axis=-1).reshape(x.shape)
    return np.concatenate([first, second], axis=-1)


def attention(q: np.ndarray, k: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Causal; q [n, heads, d], k and v [n, kv_heads, d] → [n, heads * d]."""
    group = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, group, axis=1), np.repeat(v, group, axis=1)
    scores = np.einsum("ihd,jhd->hij", q, k) / np.sqrt(q.shape[-1])
    scores[:, np.triu(np.ones(scores.shape[1:], bool), 1)] = -np.inf
    weight = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weight /= weight.sum(axis=-1, keepdims=True)
    return np.einsum("hij,jhd->ihd", weight, v).reshape(len(q), -1)


def hidden_states(w: Weights, tokens: list[int]) -> np.ndarray:
    """What the output matrix takes at every position, [n, hidden]."""
    c = w.config
    x = w.embedding[tokens]
    for layer in w.layers:
        q_size, kv_size = c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim
        qkv = layer.qkv(rms_norm(x, layer.attention_norm, c.rms_norm_eps))
        q, k, v = np.split(qkv, [q_size, q_size + kv_size], axis=-1)
        q = rotate(q.reshape(len(x), -1, c.head_dim), c.rope_theta, w.interleaved)
        k = rotate(k.reshape(len(x), -1, c.head_dim), c.rope_theta, w.interleaved)
        x = x + layer.o(attention(q, k, v.reshape(len(x), -1, c.head_dim)))
        gate, up = np.split(layer.gate_up(rms_norm(x, layer.ffn_norm, c.rms_norm_eps)), 2, axis=-1)
        x = x + layer.down(gate / (1 + np.exp(-gate)) * up)
    return rms_norm(x, w.norm, c.rms_norm_eps)


def forward(w: Weights, tokens: list[int]) -> np.ndarray:
    """Logits [n, vocab] of every position."""
    return w.head(hidden_states(w, tokens))


def head_logits(w: Weights, heads: list[np.ndarray], states: np.ndarray) -> np.ndarray:
    """What multi-token heads [hidden, hidden] make of states [n, hidden]: [n, heads, vocab]."""
    inner = [states @ head.T.astype(np.float64) for head in heads]
    return np.stack([w.head(states + x / (1 + np.exp(-x))) for x in inner], axis=1)


def greedy(w: Weights, prompt: list[int], count: int) -> list[int]:
    """`count` most likely tokens one after another; does not stop at an end token."""
    tokens = list(prompt)
    for _ in range(count):
        tokens.append(int(forward(w, tokens)[-1].argmax()))
    return tokens[len(prompt) :]
