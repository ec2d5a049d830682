"""A random GPT-2 in the hub's layout: its graph is ours, its expected values are transformers'."""

import json

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from transformers import GPT2Config, GPT2LMHeadModel

from .tokenizer import FIXTURES, GREEDY, PROMPTS, tiny_tokenizer


class Gpt2Graph:
    """GPT-2 as transformers.js feeds it: learned positions, past_key_values.N.key/value of [batch, heads, length, dim]."""

    def __init__(self, model: GPT2LMHeadModel) -> None:
        self.config, self.state = model.config, model.state_dict()
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: np.ndarray) -> str:
        self.initializers.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.state[f"transformer.{name}"].numpy())

    def node(self, op: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output

    def linear(self, x: str, name: str) -> str:
        product = self.node("MatMul", [x, self.weight(f"{name}.weight")], f"{name}.product")
        return self.node("Add", [product, self.weight(f"{name}.bias")], f"{name}.out")

    def norm(self, x: str, name: str) -> str:
        inputs = [x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias")]
        return self.node("LayerNormalization", inputs, f"{name}.out", axis=-1, epsilon=self.config.layer_norm_epsilon)

    def heads(self, x: str, name: str) -> str:
        dim = self.config.n_embd // self.config.n_head
        shape = self.constant("heads_shape", np.array([0, 0, self.config.n_head, dim], np.int64))
        return self.node("Transpose", [self.node("Reshape", [x, shape], f"{name}.split")], name, perm=[0, 2, 1, 3])

    def attention(self, x: str, i: int) -> str:
        p, dim = f"h.{i}.attn", self.config.n_embd // self.config.n_head
        qkv = self.linear(x, f"{p}.c_attn")
        parts = [f"{p}.{n}" for n in "qkv"]
        self.nodes.append(helper.make_node("Split", [qkv], parts, axis=-1, num_outputs=3))
        q, k, v = (self.heads(part, f"{part}.heads") for part in parts)
        k = self.node("Concat", [f"past_key_values.{i}.key", k], f"present.{i}.key", axis=2)
        v = self.node("Concat", [f"past_key_values.{i}.value", v], f"present.{i}.value", axis=2)
        keys = self.node("Transpose", [k], f"{p}.keys", perm=[0, 1, 3, 2])
        scores = self.node("MatMul", [q, keys], f"{p}.scores")
        scale = self.constant("scale", np.array(dim**-0.5, np.float32))
        masked = self.node("Add", [self.node("Mul", [scores, scale], f"{p}.scaled"), "mask"], f"{p}.masked")
        weights = self.node("Softmax", [masked], f"{p}.weights", axis=-1)
        mixed = self.node("Transpose", [self.node("MatMul", [weights, v], f"{p}.mixed")], f"{p}.rows", perm=[0, 2, 1, 3])
        flat = self.constant("flat_shape", np.array([0, 0, self.config.n_embd], np.int64))
        return self.linear(self.node("Reshape", [mixed, flat], f"{p}.flat"), f"{p}.c_proj")

    def gelu(self, x: str, name: str) -> str:
        def constant(value: float) -> str:
            return self.constant(f"c{value:.6f}", np.array(value, np.float32))

        cube = self.node("Mul", [self.node("Mul", [x, x], f"{name}.x2"), x], f"{name}.x3")
        inner = self.node("Add", [x, self.node("Mul", [cube, constant(0.044715)], f"{name}.cubic")], f"{name}.inner")
        tanh = self.node("Tanh", [self.node("Mul", [inner, constant((2 / np.pi) ** 0.5)], f"{name}.scaled")], f"{name}.tanh")
        gate = self.node("Add", [tanh, constant(1.0)], f"{name}.gate")
        return self.node("Mul", [self.node("Mul", [x, constant(0.5)], f"{name}.half"), gate], f"{name}.gelu")

    def causal_mask(self) -> None:
        """[sequence, total]: -1e9 where the key's position is after the query's."""
        one, zero = self.constant("i1", np.array(1, np.int64)), self.constant("i0", np.array(0, np.int64))
        total = self.node("Gather", [self.node("Shape", ["attention_mask"], "mask_shape"), one], "total")
        keys = self.node("Range", [zero, total, one], "key_positions")
        last = self.constant("last_axis", np.array([-1], np.int64))
        first_batch = self.node("Gather", ["position_ids", zero], "query_positions", axis=0)
        queries = self.node("Unsqueeze", [first_batch, last], "query_column")
        later = self.node("Cast", [self.node("Greater", [keys, queries], "later")], "later.float", to=TensorProto.FLOAT)
        self.node("Mul", [later, self.constant("minus", np.array(-1e9, np.float32))], "mask")

    def build(self) -> onnx.ModelProto:
        c = self.config
        tokens = self.node("Gather", [self.weight("wte.weight"), "input_ids"], "token_rows")
        x = self.node("Add", [tokens, self.node("Gather", [self.weight("wpe.weight"), "position_ids"], "position_rows")], "embedded")
        self.causal_mask()
        for i in range(c.n_layer):
            x = self.node("Add", [x, self.attention(self.norm(x, f"h.{i}.ln_1"), i)], f"h.{i}.mid")
            up = self.gelu(self.linear(self.norm(x, f"h.{i}.ln_2"), f"h.{i}.mlp.c_fc"), f"h.{i}.mlp")
            x = self.node("Add", [x, self.linear(up, f"h.{i}.mlp.c_proj")], f"h.{i}.end")
        head = self.node("Transpose", [self.weight("wte.weight")], "head", perm=[1, 0])
        self.node("MatMul", [self.norm(x, "ln_f"), head], "logits")

        def value(name: str, kind: int, shape: list) -> onnx.ValueInfoProto:
            return helper.make_tensor_value_info(name, kind, shape)

        def caches(prefix: str, length: str) -> list[onnx.ValueInfoProto]:
            shape = ["batch_size", c.n_head, length, c.n_embd // c.n_head]
            return [value(f"{prefix}.{i}.{p}", TensorProto.FLOAT, shape) for i in range(c.n_layer) for p in ("key", "value")]

        sequence = ["batch_size", "sequence_length"]
        inputs = [
            value("input_ids", TensorProto.INT64, sequence),
            value("attention_mask", TensorProto.INT64, ["batch_size", "total_sequence_length"]),
            value("position_ids", TensorProto.INT64, sequence),
            *caches("past_key_values", "past_sequence_length"),
        ]
        outputs = [value("logits", TensorProto.FLOAT, [*sequence, c.vocab_size]), *caches("present", "total_sequence_length")]
        graph = helper.make_graph(self.nodes, "gpt2", inputs, outputs, list(self.initializers.values()))
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)


def tiny_gpt2() -> None:
    folder = FIXTURES / "models/tiny-gpt2"
    (folder / "onnx").mkdir(parents=True, exist_ok=True)
    vocab_size = tiny_tokenizer(folder)
    torch.manual_seed(5)
    config = GPT2Config(
        vocab_size=vocab_size, n_positions=128, n_embd=32, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=1,
        resid_pdrop=0, embd_pdrop=0, attn_pdrop=0, initializer_range=0.3,
    )  # fmt: skip
    model = GPT2LMHeadModel(config).eval()
    raw = config.to_dict() | {"architectures": ["GPT2LMHeadModel"]}
    (folder / "config.json").write_text(json.dumps(raw, indent=1, sort_keys=True) + "\n")
    (folder / "generation_config.json").write_text(json.dumps({"bos_token_id": 0, "eos_token_id": 1}) + "\n")
    onnx.save(Gpt2Graph(model).build(), folder / "onnx/model.onnx")

    cases = []
    for ids in PROMPTS:
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0]
            output = model.generate(torch.tensor([ids]), max_new_tokens=GREEDY, do_sample=False, eos_token_id=None, pad_token_id=1)
        cases.append(
            {
                "prompt": ids,
                "greedy": output[0, len(ids) :].tolist(),
                "logits": [[round(x, 5) for x in row[:8]] for row in logits.tolist()],
            }
        )
    (folder / "expected.json").write_text(json.dumps(cases) + "\n")
