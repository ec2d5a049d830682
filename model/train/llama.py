"""A Llama decoder in plain PyTorch, made for training: parameter names and layout are Hugging Face's."""

import inspect
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

if torch.cuda.is_available():
    # PyTorch 2.10 or later; its arguments differ from version to version.
    from torch.nn.attention import varlen

    known = inspect.signature(varlen.varlen_attn).parameters
    CAUSAL = {"window_size": (-1, 0)} if "window_size" in known else {"is_causal": True}
    if "enable_gqa" in known:
        CAUSAL["enable_gqa"] = True


@dataclass(frozen=True)
class Shape:
    vocab_size: int = 4096
    hidden_size: int = 256
    intermediate_size: int = 704
    num_hidden_layers: int = 6
    num_attention_heads: int = 4
    num_key_value_heads: int = 2
    head_dim: int = 64
    max_position_embeddings: int = 1024
    rms_norm_eps: float = 1e-5
    rope_theta: float = 10000.0


class Norm(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape.hidden_size))
        self.eps = shape.rms_norm_eps

    def forward(self, x: Tensor) -> Tensor:
        return F.rms_norm(x, self.weight.shape, self.weight, self.eps)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary embedding of [batch, heads, n, head_dim], pairs (i, i + half)."""
    a, b = x.chunk(2, dim=-1)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Causal attention of q [batch, heads, n, head_dim] over k and v [batch, kv heads, m, head_dim], n = m or n = 1.

    Plain products instead of scaled_dot_product_attention, which takes five times as long in bfloat16 on a CPU.
    """
    b, heads, n, d = q.shape
    kv, m = k.shape[1:3]
    group = heads // kv
    mask = torch.full((n, m), float("-inf"), dtype=q.dtype, device=q.device).triu(m - n + 1).repeat(group, 1)
    with torch.autocast("cpu", enabled=False):
        q, k, v = q.reshape(b * kv, group * n, d), k.reshape(b * kv, m, d), v.reshape(b * kv, m, d)
        scores = torch.baddbmm(mask, q, k.transpose(1, 2), alpha=d**-0.5)
        return torch.bmm(scores.softmax(-1), v).view(b, heads, n, d)


def attend_packed(q: Tensor, k: Tensor, v: Tensor, starts: Tensor, longest: int) -> Tensor:
    """The same within each document of a row of them: q [heads, n, head_dim]; starts as in Batch; at most `longest` tokens each."""
    if not q.is_cuda:
        bounds = sorted(set(starts.tolist()))
        parts = [attend(*(x[None, :, a:b] for x in (q, k, v)))[0] for a, b in zip(bounds, bounds[1:], strict=False)]
        return torch.cat(parts, dim=1)
    q, k, v = (x.transpose(0, 1).bfloat16() for x in (q, k, v))
    if "enable_gqa" not in CAUSAL:
        k, v = (x.repeat_interleave(q.shape[1] // x.shape[1], dim=1) for x in (k, v))
    return varlen.varlen_attn(q, k.contiguous(), v.contiguous(), starts, starts, longest, longest, **CAUSAL).transpose(0, 1)


class Attention(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        s, self.shape = shape, shape
        q, kv = s.num_attention_heads * s.head_dim, s.num_key_value_heads * s.head_dim
        self.q_proj = nn.Linear(s.hidden_size, q, bias=False)
        self.k_proj = nn.Linear(s.hidden_size, kv, bias=False)
        self.v_proj = nn.Linear(s.hidden_size, kv, bias=False)
        self.o_proj = nn.Linear(q, s.hidden_size, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, past: list[Tensor] | None = None, starts: Tensor | None = None) -> Tensor:
        """past: keys and values of what came before, extended in place; several positions only while it is empty."""
        b, n, _ = x.shape
        s = self.shape
        q = self.q_proj(x).view(b, n, s.num_attention_heads, s.head_dim).transpose(1, 2)
        k = self.k_proj(x).view(b, n, s.num_key_value_heads, s.head_dim).transpose(1, 2)
        v = self.v_proj(x).view(b, n, s.num_key_value_heads, s.head_dim).transpose(1, 2)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if past is not None:
            if past:
                k, v = torch.cat([past[0], k], dim=2), torch.cat([past[1], v], dim=2)
            past[:] = [k, v]
        if starts is None:
            y = attend(q.to(v.dtype), k.to(v.dtype), v)
        else:
            y = attend_packed(q[0].to(v.dtype), k[0].to(v.dtype), v[0], starts, s.max_position_embeddings)[None]
        return self.o_proj(y.transpose(1, 2).reshape(b, n, -1))


class FeedForward(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.gate_proj = nn.Linear(shape.hidden_size, shape.intermediate_size, bias=False)
        self.up_proj = nn.Linear(shape.hidden_size, shape.intermediate_size, bias=False)
        self.down_proj = nn.Linear(shape.intermediate_size, shape.hidden_size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.input_layernorm = Norm(shape)
        self.self_attn = Attention(shape)
        self.post_attention_layernorm = Norm(shape)
        self.mlp = FeedForward(shape)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, past: list[Tensor] | None = None, starts: Tensor | None = None) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, past, starts)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    """Embedding and output head are one matrix; no biases."""

    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.embed_tokens = nn.Embedding(shape.vocab_size, shape.hidden_size)
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.num_hidden_layers))
        self.norm = Norm(shape)
        angle = torch.outer(
            torch.arange(shape.max_position_embeddings).float(),
            shape.rope_theta ** (-torch.arange(0, shape.head_dim, 2) / shape.head_dim),
        )
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        self.apply(self._initialise)

    @staticmethod
    def _initialise(module: nn.Module) -> None:
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)

    def hidden(self, ids: Tensor, past: list[list[Tensor]] | None = None, between: list[Tensor] | None = None) -> Tensor:
        """ids [batch, n] → normalised hidden states [batch, n, hidden_size]; causal, padding goes on the right.

        past     one list a layer, empty at first: the cache of a text that is fed in several calls, one token in each
                 but the first
        between  is given the states after each layer
        """
        x = self.embed_tokens(ids)
        start = past[0][0].shape[2] if past and past[0] else 0
        cos, sin = self.cos[start : start + ids.shape[1]], self.sin[start : start + ids.shape[1]]
        for index, layer in enumerate(self.layers):
            x = layer(x, cos, sin, past[index] if past is not None else None)
            if between is not None:
                between.append(x)
        return self.norm(x)

    def hidden_packed(self, ids: Tensor, positions: Tensor, starts: Tensor, between: list[Tensor] | None = None) -> Tensor:
        """The same for one row [1, n] of several documents, each of which sees only itself; see Batch."""
        x = self.embed_tokens(ids)
        cos, sin = self.cos[positions[0]], self.sin[positions[0]]
        for layer in self.layers:
            x = layer(x, cos, sin, None, starts)
            if between is not None:
                between.append(x)
        return self.norm(x)

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden, self.embed_tokens.weight)


def load(folder: Path) -> Llama:
    """Reads a Hugging Face checkpoint folder; a shorter context than Shape's default is extended to it."""
    raw = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    known = {key: raw[key] for key in asdict(Shape()) if key in raw}
    known["max_position_embeddings"] = max(raw["max_position_embeddings"], Shape().max_position_embeddings)
    model = Llama(Shape(**known))
    tensors = {k.removeprefix("model."): v.float() for k, v in load_file(folder / "model.safetensors").items()}
    tensors.pop("lm_head.weight", None)
    model.load_state_dict(tensors)
    return model


def save(model: Llama, folder: Path, tokenizer_folder: Path) -> None:
    """Writes a Hugging Face checkpoint folder in float16, with the tokenizer's files beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"model.{k}": v.detach().half().cpu().contiguous() for k, v in model.state_dict().items()}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", **asdict(model.shape), "hidden_act": "silu",
        "rope_scaling": None, "tie_word_embeddings": True, "attention_bias": False, "mlp_bias": False,
        "attention_dropout": 0.0, "initializer_range": 0.02, "use_cache": True,
        "bos_token_id": None, "eos_token_id": 2, "pad_token_id": 0, "torch_dtype": "float16",
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    (folder / "tokenizer.json").write_bytes((tokenizer_folder / "tokenizer.json").read_bytes())
    tokenizer_config = json.loads((tokenizer_folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    tokenizer_config["model_max_length"] = model.shape.max_position_embeddings
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config, indent=2) + "\n", encoding="utf-8")
    generation = {"_from_model_config": False, "do_sample": False, "eos_token_id": [2, 0], "pad_token_id": 0}
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n", encoding="utf-8")
