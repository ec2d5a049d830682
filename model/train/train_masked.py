"""Trains a small masked model with the default model's tokenizer, for non-autoregressive decoding (mask-predict).

    python model/train/train_masked.py DATA TOKENIZER OUTPUT --minutes 15

A ModernBERT that reads a dialogue whole and fills in masked words of the last answer, any number of them from one to all, as
in Ghazvininejad et al. 2019 (https://arxiv.org/abs/1904.09324). Writes a Hugging Face folder with onnx/model.onnx, going on
from one that is there, and prints how many words it fills in right when all, half or one in ten of an unseen answer's are masked.
"""

import argparse
import json
import random
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from transformers import ModernBertConfig, ModernBertForMaskedLM

from data.chat_format import END, SEPARATOR, START, ChatFormat, Tokens
from data.mixture import Mixture
from data.workers import parallel
from schedule import factor

MASK_TOKEN, LONGEST, LONGEST_ANSWER, RATE, WARM_UP, DECAY = "<|mask|>", 256, 48, 0.002, 50, 0.4


def configuration(vocabulary: int) -> ModernBertConfig:
    config = ModernBertConfig(
        vocab_size=vocabulary + 1, hidden_size=128, intermediate_size=256, num_hidden_layers=4, num_attention_heads=2,
        max_position_embeddings=512, global_attn_every_n_layers=1, local_attention=512, pad_token_id=SEPARATOR,
        bos_token_id=None, eos_token_id=END, cls_token_id=None, sep_token_id=None,
    )  # fmt: skip
    config._attn_implementation = "eager"
    return config


def answered(stream: Iterator[Tokens], rng: random.Random) -> Iterator[tuple[list[int], int]]:
    """Ids that end with an answer and its end token, and where that answer begins."""
    for tokens in stream:
        ids, weights = tokens.ids, tokens.weights
        ends = [i for i in range(1, len(ids)) if ids[i] == END and weights[i] > 0.5]
        if not ends:
            continue
        end = rng.choice(ends)
        begin = end
        while begin > 0 and weights[begin - 1] > 0.5 and ids[begin - 1] not in (START, END):
            begin -= 1
        if 1 < end - begin + 1 <= LONGEST_ANSWER:
            first = max(0, end + 1 - LONGEST)
            yield ids[first : end + 1], begin - first


def masked(examples: list[tuple[list[int], int]], mask: int, rng: random.Random, share: float | None = None):
    """ids, attention mask and targets (-100 where nothing is asked), [examples, longest]; share: None for any number."""
    longest = max(len(ids) for ids, _ in examples)
    inputs = torch.full((len(examples), longest), SEPARATOR)
    attention = torch.zeros_like(inputs)
    targets = torch.full_like(inputs, -100)
    for row, (ids, begin) in enumerate(examples):
        inputs[row, : len(ids)] = torch.tensor(ids)
        attention[row, : len(ids)] = 1
        count = rng.randint(1, len(ids) - begin) if share is None else max(1, round(share * (len(ids) - begin)))
        for place in rng.sample(range(begin, len(ids)), count):
            targets[row, place] = ids[place]
            inputs[row, place] = mask
    return inputs, attention, targets


class Graph(torch.nn.Module):
    def __init__(self, model: ModernBertForMaskedLM):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):
        return self.model(input_ids=input_ids, attention_mask=attention_mask).logits


def export(model: ModernBertForMaskedLM, tokenizer: Path, output: Path, mask: int) -> None:
    (output / "onnx").mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(output)
    model.float()
    for file in ("tokenizer.json", "tokenizer_config.json"):
        raw = json.loads((tokenizer / file).read_text(encoding="utf-8"))
        if file == "tokenizer.json":
            flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
            raw["added_tokens"].append({"id": mask, "content": MASK_TOKEN, **flags})
        else:
            raw["mask_token"] = MASK_TOKEN
        (output / file).write_text(json.dumps(raw, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    ids = torch.zeros(1, 17, dtype=torch.long)
    axes = {0: "batch_size", 1: "sequence_length"}
    file = output / "onnx/model.onnx"
    torch.onnx.export(
        Graph(model).eval(), (ids, torch.ones_like(ids)), file, dynamo=False, opset_version=17,
        input_names=["input_ids", "attention_mask"], output_names=["logits"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "logits": axes},
    )  # fmt: skip
    onnx.save(smaller(onnx.load(file)), file)


def smaller(graph: onnx.ModelProto) -> onnx.ModelProto:
    """Matrices stored once, as int8 with a float16 scale for each column (each row of the embeddings), and made float32 when used: a sixth of the size."""
    made, stored = [], {}
    for tensor in list(graph.graph.initializer):
        value, name = numpy_helper.to_array(tensor), tensor.name
        if value.dtype != np.float32 or value.ndim != 2:
            continue
        if twin := stored.get(value.T.tobytes()):  # the output matrix is the embeddings, transposed
            made.append(helper.make_node("Transpose", [twin], [name]))
            graph.graph.initializer.remove(tensor)
            continue
        stored[value.tobytes()] = name
        axis = 0 if "embeddings" in name else 1
        scale = (np.abs(value).max(1 - axis) / 127).astype(np.float16)
        steps = np.expand_dims(scale.astype(np.float32), 1 - axis)
        tensor.CopyFrom(numpy_helper.from_array(np.rint(value / steps).clip(-127, 127).astype(np.int8), f"{name}.int8"))
        graph.graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale.fp16"))
        made.append(helper.make_node("Cast", [f"{name}.scale.fp16"], [f"{name}.scale"], to=TensorProto.FLOAT))
        made.append(helper.make_node("DequantizeLinear", [f"{name}.int8", f"{name}.scale"], [name], axis=axis))
    nodes = [*made, *graph.graph.node]
    del graph.graph.node[:]
    graph.graph.node.extend(nodes)
    return graph


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("tokenizer", type=Path, help="folder of the default model")
    parser.add_argument("output", type=Path)
    parser.add_argument("--minutes", type=float, default=15)
    parser.add_argument("--generated", type=float, default=0.5)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--examples", type=int, default=16, help="a step")
    parser.add_argument("--workers", type=int, default=8, help="processes that make a GPU's examples")
    parser.add_argument("--threads", type=int, default=1, help="of the CPU, for the model")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    format = ChatFormat(Tokenizer.from_file(str(args.tokenizer / "tokenizer.json")))
    mask = format.tokenizer.get_vocab_size()
    mixture = Mixture(args.data, format, args.generated, 1000, False, args.seed)

    def steps(number: int) -> Iterator[dict[str, torch.Tensor]]:
        rng = random.Random(f"{args.seed} {number}")
        mixture.rng.seed(rng.random())
        examples = answered(iter(mixture), rng)
        while True:
            yield dict(zip(("inputs", "attention", "targets"), masked(list(islice(examples, args.examples)), mask, rng), strict=True))

    unseen = list(islice(answered(iter(mixture), random.Random(args.seed)), 200))
    made = steps(0) if args.device == "cpu" else parallel(steps, args.workers)
    first = next(made)  # before a GPU is touched
    begun = (args.output / "model.safetensors").exists()
    model = ModernBertForMaskedLM.from_pretrained(args.output, dtype=torch.float32, attn_implementation="eager") if begun else ModernBertForMaskedLM(configuration(mask))
    model.train().to(args.device)
    optim = torch.optim.AdamW(model.parameters(), lr=RATE, betas=(0.9, 0.98), weight_decay=0.05)
    start, step = time.monotonic(), 0
    for batch in chain([first], made):
        seconds = time.monotonic() - start
        if seconds >= args.minutes * 60:
            break
        for group in optim.param_groups:
            group["lr"] = RATE * factor(seconds, args.minutes * 60, step, WARM_UP, DECAY)
        inputs, attention, targets = (batch[k].to(args.device) for k in ("inputs", "attention", "targets"))
        with torch.autocast(args.device, dtype=torch.bfloat16):
            logits = model(input_ids=inputs, attention_mask=attention).logits[targets >= 0]
        F.cross_entropy(logits.float(), targets[targets >= 0]).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optim.step()
        optim.zero_grad()
        step += 1
    model.to("cpu")
    rng = random.Random(args.seed)
    model.eval()
    print(f"{step} steps\n| masked | filled in right |\n|---|---|")
    with torch.inference_mode():
        for share in (1.0, 0.5, 0.1):
            right = seen = 0
            for at in range(0, len(unseen), 16):
                inputs, attention, targets = masked(unseen[at : at + 16], mask, rng, share)
                guesses = model(input_ids=inputs, attention_mask=attention).logits[targets >= 0].argmax(-1)
                right += int((guesses == targets[targets >= 0]).sum())
                seen += len(guesses)
            print(f"| {share:.0%} | {right / seen:.1%} |")
    export(model, args.tokenizer, args.output, mask)


if __name__ == "__main__":
    main()
