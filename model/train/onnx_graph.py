"""Builds a Llama as an ONNX graph by hand, in the layout that transformers.js feeds.

Inputs   input_ids, attention_mask, past_key_values.N.key/value, num_logits_to_keep (scalar; 0 = all rows)
Outputs  logits, present.N.key/value, hidden_states (of each row of logits, what the output matrix was multiplied by)

Three weight formats share the skeleton:
  "fp16"     initialisers in float16, made float32 when the file is loaded (constant folding); float32 arithmetic
  "q8_0"     the GGUF's own Q8_0 blocks, int8 with a scale for each 32 inputs, made float32 when loaded; float32
             arithmetic. Logits depend on the tokens alone, not on how the prompt was cut into passes, and equal the
             GGUF's, which is why this is what ships
  "dynamic"  for models whose float32 weights would not fit: int8 arithmetic, see int8.py. Activations are divided by
             their row's largest magnitude, rounded to uint8 around 128, multiplied as integers and scaled back
Sequences of a batch must be unpadded: GroupQueryAttention counts positions from the mask's sum.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from checkpoint import Checkpoint, LlamaConfig, fused_layer
from int8 import ROW_MAX_FLOOR, quantize_weight
from q8_0 import BLOCK, quantize_blocks

MS = "com.microsoft"


class GraphBuilder:
    """Nodes and initialisers in the order they are added."""

    def __init__(self, weights: str) -> None:
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.names: set[str] = set()

    def constant(self, name: str, value: np.ndarray) -> str:
        if name not in self.names:
            self.names.add(name)
            self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, op: str, inputs: list[str], output: str | list[str], domain: str = "", **attributes) -> str:
        outputs = [output] if isinstance(output, str) else output
        self.nodes.append(helper.make_node(op, inputs, outputs, name=outputs[0] or outputs[-1], domain=domain, **attributes))
        return outputs[0]

    def matrix(self, name: str, weight: np.ndarray) -> str:
        """A weight [out, in] as float32 [in, out], stored smaller."""
        if self.weights == "fp16":
            self.constant(f"{name}.fp16", weight.T.astype(np.float16))
            return self.node("Cast", [f"{name}.fp16"], name, to=TensorProto.FLOAT)
        blocks, scales = quantize_blocks(weight)  # [out, in / 32, 32] and [out, in / 32]
        # One node a matrix, so that folding makes one float32 copy: with Cast, Mul and Reshape the WebAssembly heap,
        # which never shrinks, grew to 104 MB instead of 60.
        self.constant(f"{name}.int8", blocks.reshape(weight.shape).T)
        self.constant(f"{name}.scale.fp16", scales.T)
        self.node("Cast", [f"{name}.scale.fp16"], f"{name}.scale", to=TensorProto.FLOAT)
        inputs = [f"{name}.int8", f"{name}.scale"]
        return self.node("DequantizeLinear", inputs, name, axis=0, block_size=BLOCK)

    def product(self, name: str, x: str, weight: np.ndarray, table: tuple[str, str] | None = None) -> str:
        """x @ weight.T for a weight [out, in]. `table` names [in, out] initialisers that exist already."""
        if self.weights != "dynamic":
            w = table[0] if table else self.matrix(f"{name}.weight", weight)
            return self.node("MatMul", [x, w], name)
        if table:
            w, scale = table
        else:
            q, s = quantize_weight(weight)
            w, scale = self.constant(f"{name}.weight", q.T), self.constant(f"{name}.scale", s / np.float32(127))
        self.node("Abs", [x], f"{name}.abs")
        last = self.constant("axis_last", np.array([-1], np.int64))
        self.node("ReduceMax", [f"{name}.abs", last], f"{name}.max", keepdims=1)
        floor = self.constant("row_max_floor", np.array(ROW_MAX_FLOOR, np.float32))
        self.node("Max", [f"{name}.max", floor], f"{name}.row_max")
        self.node("Div", [x, f"{name}.row_max"], f"{name}.unit")
        step = self.constant("activation_scale", np.array(1 / 127, np.float32))
        zero = self.constant("activation_zero", np.array(128, np.uint8))
        self.node("QuantizeLinear", [f"{name}.unit", step, zero], f"{name}.q")
        # MatMulInteger and not MatMulIntegerToFloat, which is several times slower in the WebAssembly build.
        self.node("MatMulInteger", [f"{name}.q", w, zero], f"{name}.int")
        self.node("Cast", [f"{name}.int"], f"{name}.float", to=TensorProto.FLOAT)
        self.node("Mul", [f"{name}.float", f"{name}.row_max"], f"{name}.rows")
        return self.node("Mul", [f"{name}.rows", scale], name)


def rotary_cache(c: LlamaConfig) -> tuple[np.ndarray, np.ndarray]:
    """cos and sin, [max_position_embeddings, head_dim / 2]."""
    frequency = c.rope_theta ** (-np.arange(0, c.head_dim, 2, dtype=np.float64) / c.head_dim)
    angle = np.arange(c.max_position_embeddings)[:, None] * frequency
    return np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def embedding(b: GraphBuilder, table: np.ndarray) -> tuple[str, tuple[str, str]]:
    """Rows of input_ids as float32, and the table as [hidden, vocab] for the tied output product."""
    if b.weights != "dynamic":
        w = b.matrix("embedding", table)
        b.node("Gather", [w, "input_ids"], "columns", axis=1)
        return b.node("Transpose", ["columns"], "embedded", perm=[1, 2, 0]), (w, "")
    q, s = quantize_weight(table)
    w, scale = b.constant("embedding", q.T), b.constant("embedding.scale", s)
    b.node("Gather", [w, "input_ids"], "columns", axis=1)  # [hidden, batch, sequence]
    b.node("Transpose", ["columns"], "rows", perm=[1, 2, 0])
    b.node("Cast", ["rows"], "rows.float", to=TensorProto.FLOAT)
    b.node("Gather", [scale, "input_ids"], "rows.scale", axis=0)
    b.node("Unsqueeze", ["rows.scale", b.constant("axis_last", np.array([-1], np.int64))], "rows.scale.column")
    b.node("Mul", ["rows.float", "rows.scale.column"], "embedded")
    return "embedded", (w, b.constant("logits.scale", s / np.float32(127)))


def lengths(b: GraphBuilder) -> None:
    """What GroupQueryAttention wants to know: last position of each sequence, and the longest length."""
    one = b.constant("one", np.array([1], np.int64))
    b.node("ReduceSum", ["attention_mask", one], "mask_sum", keepdims=0)
    b.node("Sub", ["mask_sum", one], "last_position")
    b.node("Cast", ["last_position"], "seqlens_k", to=TensorProto.INT32)
    b.node("Shape", ["attention_mask"], "mask_shape")
    b.node("Gather", ["mask_shape", b.constant("index_one", np.array(1, np.int64))], "total", axis=0)
    b.node("Cast", ["total"], "total_sequence_length", to=TensorProto.INT32)


def decoder_layer(b: GraphBuilder, checkpoint: Checkpoint, i: int, normed: str, residual: str) -> tuple[str, str]:
    """Returns the layer's feed-forward output, not yet added, and the residual it is to be added to."""
    c, p = checkpoint.config, f"layer.{i}"
    m = fused_layer(checkpoint.tensors, i)
    qkv = b.product(f"{p}.qkv", normed, m["qkv"])
    past, present = f"past_key_values.{i}", f"present.{i}"
    b.node(
        "GroupQueryAttention",
        [qkv, "", "", f"{past}.key", f"{past}.value", "seqlens_k", "total_sequence_length", "cos_cache", "sin_cache"],
        [f"{p}.attention", f"{present}.key", f"{present}.value"],
        MS,
        num_heads=c.num_attention_heads,
        kv_num_heads=c.num_key_value_heads,
        do_rotary=1,
        rotary_interleaved=0,
        scale=float(c.head_dim**-0.5),
    )
    o = b.product(f"{p}.o", f"{p}.attention", m["o"])
    gain = b.constant(f"{p}.ffn_norm.gain", checkpoint.tensors[f"layers.{i}.post_attention_layernorm.weight"])
    normed, residual = skip_norm(b, f"{p}.ffn_norm", o, residual, gain, c.rms_norm_eps)
    gate_up = b.product(f"{p}.gate_up", normed, m["gate_up"])
    halves = b.constant("ffn_halves", np.array([c.intermediate_size] * 2, np.int64))
    b.node("Split", [gate_up, halves], [f"{p}.gate", f"{p}.up"], axis=-1)
    b.node("Sigmoid", [f"{p}.gate"], f"{p}.sigmoid")
    b.node("Mul", [f"{p}.gate", f"{p}.sigmoid"], f"{p}.silu")
    b.node("Mul", [f"{p}.silu", f"{p}.up"], f"{p}.ffn")
    return b.product(f"{p}.down", f"{p}.ffn", m["down"]), residual


def skip_norm(b: GraphBuilder, name: str, x: str, residual: str, gain: str, eps: float) -> tuple[str, str]:
    outputs = [name, "", "", f"{name}.sum"]
    b.node("SkipSimplifiedLayerNormalization", [x, residual, gain], outputs, MS, epsilon=eps)
    return name, f"{name}.sum"


def first_row(b: GraphBuilder) -> None:
    """Where the last num_logits_to_keep positions begin; 0 keeps all, as minus zero is the start."""
    zero = b.constant("zero", np.array([0], np.int64))
    b.node("Neg", ["num_logits_to_keep"], "start.scalar")
    b.node("Unsqueeze", ["start.scalar", zero], "start")


def last_rows(b: GraphBuilder, x: str, name: str) -> str:
    end = b.constant("end", np.array([np.iinfo(np.int64).max], np.int64))
    return b.node("Slice", [x, "start", end, b.constant("one", np.array([1], np.int64))], name)


def build(checkpoint: Checkpoint, weights: str) -> onnx.ModelProto:
    c, t = checkpoint.config, checkpoint.tensors
    b = GraphBuilder(weights)
    residual, table = embedding(b, t["embed_tokens.weight"])
    lengths(b)
    first_row(b)
    for name, value in zip(("cos_cache", "sin_cache"), rotary_cache(c)):
        b.constant(name, value)
    gain = b.constant("layer.0.attention_norm.gain", t["layers.0.input_layernorm.weight"])
    b.node("SimplifiedLayerNormalization", [residual, gain], "layer.0.attention_norm", axis=-1, epsilon=c.rms_norm_eps)
    normed = "layer.0.attention_norm"
    for i in range(c.num_hidden_layers):
        ffn, residual = decoder_layer(b, checkpoint, i, normed, residual)
        last = i == c.num_hidden_layers - 1
        name = "norm" if last else f"layer.{i + 1}.attention_norm"
        gain = b.constant(f"{name}.gain", t["norm.weight" if last else f"layers.{i + 1}.input_layernorm.weight"])
        normed, residual = skip_norm(b, name, ffn, residual, gain, c.rms_norm_eps)
    b.product("logits", last_rows(b, normed, "hidden_states"), t["embed_tokens.weight"], table)

    def value(name: str, kind: int, shape: list) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, kind, shape)

    def caches(prefix: str, length: str) -> list[onnx.ValueInfoProto]:
        shape = ["batch_size", c.num_key_value_heads, length, c.head_dim]
        names = [f"{prefix}.{i}.{part}" for i in range(c.num_hidden_layers) for part in ("key", "value")]
        return [value(name, TensorProto.FLOAT, shape) for name in names]

    inputs = [
        value("input_ids", TensorProto.INT64, ["batch_size", "sequence_length"]),
        value("attention_mask", TensorProto.INT64, ["batch_size", "total_sequence_length"]),
        *caches("past_key_values", "past_sequence_length"),
        value("num_logits_to_keep", TensorProto.INT64, []),
    ]
    outputs = [
        value("logits", TensorProto.FLOAT, ["batch_size", "num_logits", c.vocab_size]),
        *caches("present", "total_sequence_length"),
        value("hidden_states", TensorProto.FLOAT, ["batch_size", "num_logits", c.hidden_size]),
    ]
    return model("llama", b, inputs, outputs)


def build_heads(checkpoint: Checkpoint, heads: dict[str, np.ndarray]) -> onnx.ModelProto:
    """Multi-token heads as a graph of their own, in Q8_0: guesses need no more, and float16 would be twice as large.

    hidden_states [rows, hidden] → head_logits [rows, heads, vocab]: h + silu(W h) for each head's W, times the output
    matrix, which is here a second time, so that each graph can be loaded without the other.
    """
    c, b = checkpoint.config, GraphBuilder("q8_0")
    inner = b.product("inner", "hidden_states", np.concatenate([heads[f"heads.{i}.weight"] for i in range(len(heads))]))
    b.node("Sigmoid", [inner], "sigmoid")
    b.node("Mul", [inner, "sigmoid"], "silu")
    apart = b.constant("apart", np.array([-1, len(heads), c.hidden_size], np.int64))
    b.node("Reshape", ["silu", apart], "silu.heads")
    b.node("Unsqueeze", ["hidden_states", b.constant("axis_heads", np.array([1], np.int64))], "hidden_states.heads")
    b.node("Add", ["hidden_states.heads", "silu.heads"], "states")
    b.product("head_logits", "states", checkpoint.tensors["embed_tokens.weight"])
    inputs = [helper.make_tensor_value_info("hidden_states", TensorProto.FLOAT, ["rows", c.hidden_size])]
    shape = ["rows", len(heads), c.vocab_size]
    outputs = [helper.make_tensor_value_info("head_logits", TensorProto.FLOAT, shape)]
    return model("multi-token-heads", b, inputs, outputs)


def model(name: str, b: GraphBuilder, inputs: list[onnx.ValueInfoProto], outputs: list[onnx.ValueInfoProto]) -> onnx.ModelProto:
    graph = helper.make_graph(b.nodes, name, inputs, outputs, b.initializers)
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid(MS, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="edgewise")
