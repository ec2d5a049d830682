"""Turns a Hugging Face Llama checkpoint into the folder that Edgewise ships, and checks what it wrote.

    python model/train/export.py CHECKPOINT OUTPUT [--name NAME] [--dynamic]

CHECKPOINT  config.json, *.safetensors, tokenizer.json, tokenizer_config.json, generation_config.json
OUTPUT      those JSON files, onnx/model_quantized.onnx (int8 weights), onnx/model.onnx (float16 weights, for WebGPU),
            model.gguf (Q8_0), onnx/heads.onnx and heads.gguf where the checkpoint has heads.safetensors, lookup.gguf where
            it has lookup.safetensors, manifest.json (size and SHA-256 of each file)
"""

import argparse
import hashlib
import json
import shutil
from pathlib import Path

import onnx

from check_export import check_export, check_heads, check_lookup
from checkpoint import Checkpoint, read_checkpoint, read_heads, read_lookup
from gguf_file import write_gguf, write_heads, write_lookup
from onnx_graph import build, build_heads

JSON_FILES = ["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json"]
WEIGHT_FILES = ["onnx/model_quantized.onnx", "onnx/model.onnx", "model.gguf"]
HEADS_FILES = ["onnx/heads.onnx", "heads.gguf"]
LOOKUP_FILE = "lookup.gguf"
EXTRA_FILES = [*HEADS_FILES, LOOKUP_FILE]


def export(checkpoint: Checkpoint, output: Path, name: str, quantized: str) -> None:
    (output / "onnx").mkdir(parents=True, exist_ok=True)
    for file in JSON_FILES:
        if (checkpoint.folder / file).resolve() != (output / file).resolve():
            shutil.copyfile(checkpoint.folder / file, output / file)
    onnx.save(build(checkpoint, quantized), output / "onnx/model_quantized.onnx")
    onnx.save(build(checkpoint, "fp16"), output / "onnx/model.onnx")
    write_gguf(checkpoint, output / "model.gguf", name)
    for file in EXTRA_FILES:
        (output / file).unlink(missing_ok=True)
    if heads := read_heads(checkpoint.folder):
        onnx.save(build_heads(checkpoint, heads), output / "onnx/heads.onnx")
        write_heads(heads, output / "heads.gguf", name)
    if lookup := read_lookup(checkpoint.folder):
        write_lookup(lookup, output / LOOKUP_FILE, name)
    write_manifest(output)


def write_manifest(output: Path) -> None:
    files = []
    for path in JSON_FILES + WEIGHT_FILES + [file for file in EXTRA_FILES if (output / file).exists()]:
        data = (output / path).read_bytes()
        files.append({"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    (output / "manifest.json").write_text(json.dumps({"files": files}, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--name", help="name in the GGUF's metadata; the output folder's by default")
    parser.add_argument("--dynamic", action="store_true", help="int8 arithmetic, for models of more than about 12 million weights")
    args = parser.parse_args()
    checkpoint = read_checkpoint(args.checkpoint)
    quantized = "dynamic" if args.dynamic else "q8_0"
    export(checkpoint, args.output, args.name or args.output.name, quantized)
    check_export(checkpoint, args.output, quantized)
    if lookup := read_lookup(args.checkpoint):
        check_lookup(checkpoint, lookup, args.output)
    if heads := read_heads(args.checkpoint):
        check_heads(checkpoint, heads, args.output)


if __name__ == "__main__":
    main()
