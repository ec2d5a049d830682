"""What rounding a checkpoint's matrices costs, in nats for each learnt token of unseen dialogues and texts.

    python model/train/quantisation_loss.py DATA CHECKPOINT

float16 is the WebGPU file's rounding, Q8_0 that of model.gguf and model_quantized.onnx; Q4_0 (4 bits, one scale for 32 weights) is
what little more than a quarter of float16's size would cost.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import gguf
import torch
from tokenizers import Tokenizer
from torch import Tensor

import llama
from data.chat_format import ChatFormat
from data.mixture import Mixture
from held_out_loss import HeldOutLoss
from word_vectors import ranking


def as_gguf(weights: Tensor, type_: gguf.GGMLQuantizationType) -> Tensor:
    """What engines read back of weights in this type."""
    return torch.from_numpy(gguf.dequantize(gguf.quantize(weights.numpy(), type_), type_))


ROUNDINGS: dict[str, Callable[[Tensor], Tensor]] = {
    "float32": lambda w: w,
    "float16": lambda w: w.half().float(),
    "Q8_0": lambda w: as_gguf(w, gguf.GGMLQuantizationType.Q8_0),
    "Q4_0": lambda w: as_gguf(w, gguf.GGMLQuantizationType.Q4_0),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("checkpoint", type=Path)
    args = parser.parse_args()
    torch.set_num_threads(1)
    format = ChatFormat(Tokenizer.from_file(str(args.checkpoint / "tokenizer.json")))
    mixture = Mixture(args.data, format, 1.0, 1000, False, 0)
    mixture.rank = ranking(args.checkpoint, format.tokenizer)
    held_out = HeldOutLoss(mixture, format, args.data, exact=True)
    print("| weights | invented dialogues | given text |\n|---|---|---|")
    for name, rounded in ROUNDINGS.items():
        model = llama.load(args.checkpoint)
        with torch.no_grad():
            for weight in model.parameters():
                if weight.ndim == 2:
                    weight.copy_(rounded(weight.detach()))
        nats = held_out(model, "cpu")
        print(f"| {name} | {nats['invented']:.4f} | {nats['given']:.4f} |")


if __name__ == "__main__":
    main()
