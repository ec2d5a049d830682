"""Writes the checkpoint as a GGUF: matrices in Q8_0, norms in F32, tokenizer and chat template in the metadata."""

from pathlib import Path

import gguf
import numpy as np

from checkpoint import DECLINES, Checkpoint, Lookup

Q4_0, Q8_0 = gguf.GGMLQuantizationType.Q4_0, gguf.GGMLQuantizationType.Q8_0

LAYER_NAMES = {
    "input_layernorm": "attn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "ffn_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def interleave_rotary(weight: np.ndarray, heads: int) -> np.ndarray:
    """Reorders each head's rows from halves (i, i + d/2) to pairs (2i, 2i + 1), the layout llama.cpp rotates."""
    out, inputs = weight.shape
    halves = weight.reshape(heads, 2, out // heads // 2, inputs)
    return halves.swapaxes(1, 2).reshape(out, inputs)


def add_tokenizer(writer: gguf.GGUFWriter, checkpoint: Checkpoint) -> None:
    tokenizer, config = checkpoint.json("tokenizer.json"), checkpoint.json("tokenizer_config.json")
    if tokenizer["model"]["type"] != "BPE" or tokenizer["pre_tokenizer"]["type"] != "ByteLevel":
        raise SystemExit("the GGUF export knows byte-level BPE tokenizers with GPT-2's pattern only")
    added = {token["id"]: token for token in tokenizer["added_tokens"]}
    vocab = {id: text for text, id in tokenizer["model"]["vocab"].items()}
    vocab |= {id: token["content"] for id, token in added.items()}
    size = checkpoint.config.vocab_size
    if sorted(vocab) != list(range(size)):
        raise SystemExit(f"the tokenizer's ids are not 0…{size - 1}")
    special = {id for id, token in added.items() if token["special"]}
    kind = gguf.TokenType
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list([vocab[id] for id in range(size)])
    writer.add_token_types([kind.CONTROL if id in special else kind.NORMAL for id in range(size)])
    merges = tokenizer["model"]["merges"]
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in merges])
    ids = {text: id for id, text in vocab.items()}
    for name, add in (("eos", writer.add_eos_token_id), ("bos", writer.add_bos_token_id), ("pad", writer.add_pad_token_id)):
        if token := config.get(f"{name}_token"):
            add(ids[token if isinstance(token, str) else token["content"]])
    writer.add_add_bos_token(bool(config.get("add_bos_token")))
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    if template := config.get("chat_template"):
        writer.add_chat_template(template)


def write_heads(heads: dict[str, np.ndarray], path: Path, name: str) -> None:
    """Multi-token heads in a file of their own: readers refuse a Llama that has tensors they do not know."""
    writer = gguf.GGUFWriter(path, "multi-token-heads")
    writer.add_name(f"{name} heads")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    for index in range(len(heads)):
        value = heads[f"heads.{index}.weight"]
        writer.add_tensor(f"head.{index}.weight", gguf.quantize(value, Q8_0), raw_dtype=Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_lookup(lookup: Lookup, path: Path, name: str) -> None:
    """What facts are looked up with; beside the graphs too, since it is computed outside of either engine."""
    writer = gguf.GGUFWriter(path, "lookup")
    writer.add_name(f"{name} lookup")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_string("lookup.words", "\n".join(lookup.words))
    writer.add_float32("lookup.nothing", lookup.nothing)
    writer.add_string("lookup.declines", DECLINES)
    # A word's vector stands four bits a number well: texts are sums of some, and the errors of rounding cancel.
    for tensor, value in lookup.tensors.items():
        if tensor == "table":
            writer.add_tensor("word.weight", gguf.quantize(value, Q4_0), raw_dtype=Q4_0)
        else:
            writer.add_tensor(tensor, value.astype(np.float16 if tensor.endswith("map.weight") else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_gguf(checkpoint: Checkpoint, path: Path, name: str) -> None:
    c = checkpoint.config
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(name)
    writer.add_context_length(c.max_position_embeddings)
    writer.add_embedding_length(c.hidden_size)
    writer.add_block_count(c.num_hidden_layers)
    writer.add_feed_forward_length(c.intermediate_size)
    writer.add_head_count(c.num_attention_heads)
    writer.add_head_count_kv(c.num_key_value_heads)
    writer.add_key_length(c.head_dim)
    writer.add_value_length(c.head_dim)
    writer.add_layer_norm_rms_eps(c.rms_norm_eps)
    writer.add_rope_dimension_count(c.head_dim)
    writer.add_rope_freq_base(c.rope_theta)
    writer.add_vocab_size(c.vocab_size)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    add_tokenizer(writer, checkpoint)

    def add(target: str, source: str, heads: int | None = None) -> None:
        value = checkpoint.tensors[f"{source}.weight"]
        if value.ndim == 1:
            writer.add_tensor(f"{target}.weight", value)
            return
        value = interleave_rotary(value, heads) if heads else value
        writer.add_tensor(f"{target}.weight", gguf.quantize(value, Q8_0), raw_dtype=Q8_0)

    add("token_embd", "embed_tokens")
    add("output_norm", "norm")
    heads = {"self_attn.q_proj": c.num_attention_heads, "self_attn.k_proj": c.num_key_value_heads}
    for i in range(c.num_hidden_layers):
        for source, target in LAYER_NAMES.items():
            add(f"blk.{i}.{target}", f"layers.{i}.{source}", heads.get(source))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
