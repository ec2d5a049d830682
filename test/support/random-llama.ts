import { Random } from '../../decoder/numerics/random.ts'
import { f32, type TensorInput, text, texts, u32, type Value, writeGguf } from './gguf-writer.ts'

export type TensorKind = 'F32' | 'F16' | 'Q8_0' | 'Q4_0'

export interface RandomLlamaShape {
  layers: number
  width: number
  heads: number
  kvHeads: number
  headDim: number
  ffn: number
  vocab: number
  contextLength: number
  ropeFactor: number
  tied: boolean
  /** Type of the matrices, by a name's part; the first that matches. */
  kinds: [part: string, kind: TensorKind][]
  /** All matrices are Q8_0 and zero: for sizes that random numbers would take long for. */
  blank: boolean
}

export interface RandomLlama {
  shape: RandomLlamaShape
  file: Uint8Array<ArrayBuffer>
  /** What the file's numbers stand for, by tensor: matrices as rows, vectors as one row. */
  values: Map<string, Float64Array[]>
}

export const SMALL: RandomLlamaShape = {
  layers: 2,
  width: 64,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  ffn: 96,
  vocab: 50,
  contextLength: 128,
  ropeFactor: 1,
  tied: true,
  kinds: [['', 'Q8_0']],
  blank: false,
}

/** A Llama of random weights as a GGUF, with a made-up vocabulary. */
export function randomLlama(changes: Partial<RandomLlamaShape> = {}, seed = 1): RandomLlama {
  const shape = { ...SMALL, ...changes }
  const { layers, width, heads, kvHeads, headDim, ffn, vocab } = shape
  const random = new Random(seed)
  const values = new Map<string, Float64Array[]>()
  const tensors: TensorInput[] = []
  const matrix = (name: string, inputs: number, rows: number) => {
    if (shape.blank) {
      const data = new Uint8Array((rows * inputs * 34) / 32)
      tensors.push({ name: `${name}.weight`, type: GGML_TYPE.Q8_0, shape: [inputs, rows], data })
      return
    }
    const kind = shape.kinds.find(([part]) => name.includes(part))![1]
    const stored = Array.from({ length: rows }, () => {
      const row = Array.from(
        { length: inputs },
        () => (random.next() * 2 - 1) * (2 / Math.sqrt(inputs)),
      )
      return STORE[kind](row)
    })
    values.set(
      name,
      stored.map((row) => row.values),
    )
    tensors.push({
      name: `${name}.weight`,
      type: GGML_TYPE[kind],
      shape: [inputs, rows],
      data: concat(stored.map((row) => row.bytes)),
    })
  }
  const vector = (name: string, size: number) => {
    const row = STORE.F32(Array.from({ length: size }, () => 0.5 + random.next()))
    values.set(name, [row.values])
    tensors.push({ name: `${name}.weight`, type: 0, shape: [size], data: row.bytes })
  }
  matrix('token_embd', width, vocab)
  vector('output_norm', width)
  if (!shape.tied) matrix('output', width, vocab)
  for (let layer = 0; layer < layers; layer++) {
    const block = (name: string) => `blk.${layer}.${name}`
    vector(block('attn_norm'), width)
    matrix(block('attn_q'), width, heads * headDim)
    matrix(block('attn_k'), width, kvHeads * headDim)
    matrix(block('attn_v'), width, kvHeads * headDim)
    matrix(block('attn_output'), heads * headDim, width)
    vector(block('ffn_norm'), width)
    matrix(block('ffn_gate'), width, ffn)
    matrix(block('ffn_up'), width, ffn)
    matrix(block('ffn_down'), ffn, width)
  }
  return { shape, values, file: writeGguf({ metadata: metadataOf(shape), tensors }) }
}

/** Multi-token heads of random weights for a model of this width, as a file of their own. */
export function randomHeads(width: number, count: number, seed = 2) {
  const random = new Random(seed)
  const values: Float64Array[][] = []
  const tensors = Array.from({ length: count }, (_, head): TensorInput => {
    const stored = Array.from({ length: width }, () =>
      STORE.Q8_0(Array.from({ length: width }, () => (random.next() * 2 - 1) / Math.sqrt(width))),
    )
    values.push(stored.map((row) => row.values))
    const data = concat(stored.map((row) => row.bytes))
    return { name: `head.${head}.weight`, type: GGML_TYPE.Q8_0, shape: [width, width], data }
  })
  const metadata = { 'general.architecture': text('multi-token-heads') }
  return { values, tensors, file: writeGguf({ metadata, tensors }) }
}

function metadataOf(shape: RandomLlamaShape): Record<string, Value> {
  // Single bytes are enough of a byte-level vocabulary; what is left over gets names of its own.
  const tokens = Array.from({ length: shape.vocab }, (_, id) =>
    id < 90 ? String.fromCharCode(33 + id) : `!${id}`,
  )
  return {
    'general.architecture': text('llama'),
    'llama.context_length': u32(shape.contextLength),
    'llama.embedding_length': u32(shape.width),
    'llama.block_count': u32(shape.layers),
    'llama.feed_forward_length': u32(shape.ffn),
    'llama.attention.head_count': u32(shape.heads),
    'llama.attention.head_count_kv': u32(shape.kvHeads),
    'llama.attention.key_length': u32(shape.headDim),
    'llama.attention.value_length': u32(shape.headDim),
    'llama.rope.dimension_count': u32(shape.headDim),
    'llama.attention.layer_norm_rms_epsilon': f32(1e-5),
    'llama.rope.freq_base': f32(10000),
    ...(shape.ropeFactor !== 1 && {
      'llama.rope.scaling.type': text('linear'),
      'llama.rope.scaling.factor': f32(shape.ropeFactor),
    }),
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text('gpt-2'),
    'tokenizer.ggml.tokens': texts(tokens),
    'tokenizer.ggml.token_type': i32sOf(tokens.map(() => 1)),
    'tokenizer.ggml.merges': texts([]),
    'tokenizer.ggml.eos_token_id': u32(0),
  }
}

function i32sOf(values: number[]): Value {
  const bytes = new Uint8Array(12 + values.length * 4)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, 5, true)
  view.setBigUint64(4, BigInt(values.length), true)
  for (const [i, value] of values.entries()) view.setInt32(12 + 4 * i, value, true)
  return { kind: 9, bytes }
}

const GGML_TYPE: Record<TensorKind, number> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8 }

interface Stored {
  bytes: Uint8Array
  /** The numbers that the bytes stand for. */
  values: Float64Array
}

/** How a row is stored in each type, after ggml's `quantize_row_*_ref`. */
const STORE: Record<TensorKind, (row: number[]) => Stored> = {
  F32: (row) => {
    const floats = Float32Array.from(row)
    return { bytes: new Uint8Array(floats.buffer), values: Float64Array.from(floats) }
  },
  F16: (row) => {
    const bytes = new Uint8Array(row.length * 2)
    const view = new DataView(bytes.buffer)
    const values = Float64Array.from(row, (value, i) => {
      const half = toHalf(value)
      view.setUint16(2 * i, half, true)
      return fromHalf(half)
    })
    return { bytes, values }
  },
  Q8_0: (row) =>
    blocks(row, 34, (block, view) => {
      const half = toHalf(Math.max(...block.map(Math.abs)) / 127)
      const scale = fromHalf(half)
      view.setUint16(0, half, true)
      return block.map((value, i) => {
        const q = Math.max(-127, Math.min(127, Math.round(value / scale)))
        view.setInt8(2 + i, q)
        return scale * q
      })
    }),
  Q4_0: (row) =>
    blocks(row, 18, (block, view) => {
      const extreme = block.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a))
      const half = toHalf(extreme / -8)
      const scale = fromHalf(half)
      view.setUint16(0, half, true)
      const nibbles = block.map((value) =>
        Math.max(0, Math.min(15, Math.floor(value / scale + 8.5))),
      )
      for (let i = 0; i < 16; i++) view.setUint8(2 + i, nibbles[i]! | (nibbles[i + 16]! << 4))
      return nibbles.map((nibble) => scale * (nibble - 8))
    }),
}

function blocks(
  row: number[],
  blockBytes: number,
  store: (block: number[], view: DataView) => number[],
): Stored {
  const count = row.length / 32
  const bytes = new Uint8Array(count * blockBytes)
  const values: number[] = []
  for (let i = 0; i < count; i++) {
    const view = new DataView(bytes.buffer, i * blockBytes, blockBytes)
    values.push(...store(row.slice(32 * i, 32 * i + 32), view))
  }
  return { bytes, values: Float64Array.from(values) }
}

/** Nearest half-precision number, for normal and subnormal values. */
function toHalf(value: number): number {
  const magnitude = Math.abs(value)
  if (magnitude === 0) return 0
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)))
  const fraction = Math.round(magnitude / 2 ** (exponent - 10))
  const bits = fraction < 1024 ? fraction : ((exponent + 15) << 10) + fraction - 1024
  return bits | (value < 0 ? 0x8000 : 0)
}

function fromHalf(half: number): number {
  const exponent = (half >> 10) & 31
  const fraction = half & 1023
  const magnitude =
    exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15)
  return half & 0x8000 ? -magnitude : magnitude
}

function concat(parts: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
