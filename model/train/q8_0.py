"""GGUF's Q8_0: blocks of 32 weights along the input, each int8 with one float16 scale; weight = int8 * scale."""

import gguf
import numpy as np

BLOCK = 32


def quantize_blocks(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[out, in] → (int8 [out, in / 32, 32], float16 scale [out, in / 32]), bit for bit what the GGUF holds."""
    out, inputs = weight.shape
    if inputs % BLOCK:
        raise SystemExit(f"Q8_0 needs rows of a multiple of {BLOCK}, not {inputs}")
    raw = gguf.quantize(weight.astype(np.float32), gguf.GGMLQuantizationType.Q8_0)
    blocks = raw.reshape(out, inputs // BLOCK, 2 + BLOCK)
    scales = np.ascontiguousarray(blocks[..., :2]).view(np.float16)[..., 0]
    return np.ascontiguousarray(blocks[..., 2:]).view(np.int8), scales


def dequantize(weight: np.ndarray) -> np.ndarray:
    """What Q8_0 makes of a weight, float64 [out, in]."""
    blocks, scales = quantize_blocks(weight)
    return (blocks.astype(np.float64) * scales[..., None].astype(np.float64)).reshape(weight.shape)
