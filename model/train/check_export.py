"""Holds an exported folder against an independent NumPy forward pass; anything off ends the export."""

from dataclasses import dataclass
from pathlib import Path

import gguf
import jinja2
import numpy as np
import onnxruntime
from tokenizers import Tokenizer

import reference_forward as reference
from checkpoint import Checkpoint, Lookup
from q8_0 import dequantize
from reference_lookup import ReferenceLookup

TOLERANCE = 2e-3
"""Largest difference of a logit: float32 against float64 arithmetic. A wrong layout is off by whole units."""

DYNAMIC_TOLERANCE = 1.0
"""The same where activations are rounded: a difference in the last bit of a float can tip a value to the next step."""

SAME = 0.98
"""Least cosine of a text before and after rounding to four bits."""

CHATS = ["hello", "can you book a table for two tonight", "thanks, bye"]


@dataclass(frozen=True)
class Session:
    """A decoder's ONNX graph fed as transformers.js feeds it."""

    session: onnxruntime.InferenceSession
    caches: list[str]
    shape: list[int]

    @staticmethod
    def open(path: Path) -> "Session":
        session = open_graph(path)
        inputs = [x for x in session.get_inputs() if x.name.startswith("past_key_values")]
        _, heads, _, dim = inputs[0].shape
        return Session(session, [x.name for x in inputs], [1, heads, 0, dim])

    def run(self, ids: list[int], past: list[np.ndarray] | None = None, keep: int = 0) -> tuple[np.ndarray, list]:
        """Logits [rows, vocab] and the caches after these ids."""
        names = ["logits", *(name.replace("past_key_values", "present") for name in self.caches)]
        logits, *present = self.session.run(names, self.feeds(ids, past, keep))
        return logits[0], present

    def hidden_states(self, ids: list[int], keep: int) -> np.ndarray:
        """[rows, hidden] of the last `keep` ids, or of all if that is 0."""
        return self.session.run(["hidden_states"], self.feeds(ids, None, keep))[0][0]

    def feeds(self, ids: list[int], past: list[np.ndarray] | None, keep: int) -> dict[str, np.ndarray]:
        past = past or [np.zeros(self.shape, np.float32) for _ in self.caches]
        total = past[0].shape[2] + len(ids)
        return {
            "input_ids": np.array([ids], np.int64),
            "attention_mask": np.ones((1, total), np.int64),
            "num_logits_to_keep": np.array(keep, np.int64),
            **dict(zip(self.caches, past)),
        }

    def in_passes(self, ids: list[int], size: int) -> np.ndarray:
        rows, past = [], None
        for start in range(0, len(ids), size):
            logits, past = self.run(ids[start : start + size], past)
            rows.append(logits)
        return np.concatenate(rows)


def open_graph(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    # As our runtime does: weights are made float32 once, when loaded, and not fused into int8 products.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def chat_prompts(checkpoint: Checkpoint) -> list[list[int]]:
    tokenizer = Tokenizer.from_file(str(checkpoint.folder / "tokenizer.json"))
    template = jinja2.Environment().from_string(checkpoint.json("tokenizer_config.json")["chat_template"])
    return [
        tokenizer.encode(
            template.render(messages=[{"role": "user", "content": text}], add_generation_prompt=True),
            add_special_tokens=False,
        ).ids
        for text in CHATS
    ]


def answer(checkpoint: Checkpoint, ids: list[int]) -> str:
    """Text of greedy ids up to the end token."""
    eos = checkpoint.json("generation_config.json")["eos_token_id"]
    ends = eos if isinstance(eos, list) else [eos]
    kept = ids[: next((i for i, id in enumerate(ids) if id in ends), len(ids))]
    return Tokenizer.from_file(str(checkpoint.folder / "tokenizer.json")).decode(kept)


def check_export(checkpoint: Checkpoint, folder: Path, quantized: str) -> None:
    quantized_weights = reference.q8_0_weights if quantized == "q8_0" else reference.dynamic_weights
    graphs = {
        "onnx/model_quantized.onnx": quantized_weights(checkpoint),
        "onnx/model.onnx": reference.float_weights(checkpoint),
    }
    prompts = chat_prompts(checkpoint)
    for name, weights in graphs.items():
        dynamic = quantized == "dynamic" and "quantized" in name
        tolerance = DYNAMIC_TOLERANCE if dynamic else TOLERANCE
        session = Session.open(folder / name)
        for ids in prompts:
            expected = reference.forward(weights, ids)
            whole, _ = session.run(ids)
            close(f"{name} against NumPy", whole, expected, tolerance)
            for size in (1, 5):
                close(f"{name} in passes of {size}", session.in_passes(ids, size), whole, tolerance)
            last, _ = session.run(ids, keep=1)
            close(f"{name} last row", last, whole[-1:])
    stored = reference.gguf_weights(folder / "model.gguf", checkpoint.config)
    plain = reference.q8_0_weights(checkpoint)
    for text, ids in zip(CHATS, prompts):
        close("model.gguf against NumPy", reference.forward(stored, ids), reference.forward(plain, ids), 1e-9)
        print(f"  {text!r} → {answer(checkpoint, reference.greedy(stored, ids, 30))!r}")


def check_heads(checkpoint: Checkpoint, heads: dict[str, np.ndarray], folder: Path) -> None:
    """Both files of multi-token heads, the graph on what the decoder's graph hands to it."""
    matrices = [dequantize(heads[f"heads.{i}.weight"]) for i in range(len(heads))]
    stored = {t.name: gguf.dequantize(t.data, t.tensor_type) for t in gguf.GGUFReader(folder / "heads.gguf").tensors}
    for i, matrix in enumerate(matrices):
        if not np.array_equal(stored[f"head.{i}.weight"].astype(np.float64), matrix):
            raise SystemExit(f"heads.gguf: head {i} is not the checkpoint's")
    decoder, graph = Session.open(folder / "onnx/model.onnx"), open_graph(folder / "onnx/heads.onnx")
    plain, floats = reference.q8_0_weights(checkpoint), reference.float_weights(checkpoint)
    for ids in chat_prompts(checkpoint):
        states = decoder.hidden_states(ids, 0)
        expected = reference.head_logits(plain, matrices, reference.hidden_states(floats, ids))
        actual = graph.run(None, {"hidden_states": states})[0]
        for i in range(len(heads)):
            close(f"onnx/heads.onnx, head {i}", actual[:, i], expected[:, i])
        last = graph.run(None, {"hidden_states": decoder.hidden_states(ids, 1)})[0]
        close("onnx/heads.onnx, last row", last[0], actual[-1])


def check_lookup(checkpoint: Checkpoint, lookup: Lookup, folder: Path) -> None:
    """That rounding its words moves no text far."""
    tokenizer = Tokenizer.from_file(str(checkpoint.folder / "tokenizer.json"))
    exact, stored = ReferenceLookup(lookup, tokenizer), ReferenceLookup.stored(folder / "lookup.gguf", tokenizer)
    for text in CHATS:
        if (cosine := exact.question(text) @ stored.question(text)) < SAME:
            raise SystemExit(f"lookup.gguf: {text!r} is looked up elsewhere than before rounding, with a cosine of {cosine:.4f}")


def close(what: str, actual: np.ndarray, expected: np.ndarray, tolerance: float = TOLERANCE) -> None:
    difference = np.abs(actual - expected).max()
    same = (actual[-1].argmax() == expected[-1].argmax()).all()
    if difference > tolerance or not same:
        raise SystemExit(f"{what}: logits differ by up to {difference:.3g}, likeliest tokens {'agree' if same else 'differ'}")
    print(f"  {what}: logits within {difference:.1e}")
