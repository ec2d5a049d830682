import {
  bool,
  f32,
  type GgufInput,
  i32s,
  type TensorInput,
  text,
  texts,
  u32,
  type Value,
} from './gguf-writer.ts'

const WIDTH = 32
const KEYS = 16
const FFN = 64

/** The 256 visible characters that GPT-2 writes bytes as, in the order of its own list. */
const LETTERS = [
  ...Array.from({ length: 94 }, (_, index) => 0x21 + index),
  ...Array.from({ length: 12 }, (_, index) => 0xa1 + index),
  ...Array.from({ length: 82 }, (_, index) => 0xae + index),
  ...Array.from({ length: 68 }, (_, index) => 0x100 + index),
].map((code) => String.fromCharCode(code))

export const TOKENS = ['<|end|>', '<|user|>', ...LETTERS, 'th', 'the', 'Ġthe']

/** Bytes of one element of the types used here, by ggml's number. */
const ELEMENT: Record<number, number> = { 0: 4, 1: 2, 2: 18 / 32, 8: 34 / 32 }

export function tensor(name: string, shape: number[], type = 0): TensorInput {
  const bytes = shape.reduce((product, size) => product * size, ELEMENT[type]!)
  return { name, type, shape, data: new Uint8Array(bytes) }
}

export function tinyLlamaMetadata(): Record<string, Value> {
  return {
    'general.architecture': text('llama'),
    'llama.block_count': u32(1),
    'llama.context_length': u32(64),
    'llama.embedding_length': u32(WIDTH),
    'llama.feed_forward_length': u32(FFN),
    'llama.attention.head_count': u32(2),
    'llama.attention.head_count_kv': u32(1),
    'llama.attention.layer_norm_rms_epsilon': f32(1e-5),
    'llama.rope.freq_base': f32(20_000),
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text('gpt-2'),
    'tokenizer.ggml.tokens': texts(TOKENS),
    'tokenizer.ggml.token_type': i32s(TOKENS.map((_, id) => (id < 2 ? 3 : 1))),
    'tokenizer.ggml.merges': texts(['t h', 'th e', 'Ġ the']),
    'tokenizer.ggml.eos_token_id': u32(0),
    'tokenizer.ggml.add_bos_token': bool(false),
    'tokenizer.chat_template': text('{{ messages[0].content }}'),
  }
}

/** A model of one layer, all zeros, with each of the types that matrices may have: 32 wide, two heads of 16. */
export function tinyLlama(): GgufInput {
  return {
    metadata: tinyLlamaMetadata(),
    tensors: [
      tensor('token_embd.weight', [WIDTH, TOKENS.length], 8),
      tensor('blk.0.attn_norm.weight', [WIDTH]),
      tensor('blk.0.attn_q.weight', [WIDTH, WIDTH], 2),
      tensor('blk.0.attn_k.weight', [WIDTH, KEYS], 1),
      tensor('blk.0.attn_v.weight', [WIDTH, KEYS]),
      tensor('blk.0.attn_output.weight', [WIDTH, WIDTH], 8),
      tensor('blk.0.ffn_norm.weight', [WIDTH]),
      tensor('blk.0.ffn_gate.weight', [WIDTH, FFN], 2),
      tensor('blk.0.ffn_up.weight', [WIDTH, FFN], 2),
      tensor('blk.0.ffn_down.weight', [FFN, WIDTH], 8),
      tensor('output_norm.weight', [WIDTH]),
    ],
  }
}
