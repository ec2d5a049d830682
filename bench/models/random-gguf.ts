/** Models of random weights in Q8_0, for engines to be timed on: every engine's work is the same as with real weights. */
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { Random } from '../../decoder/numerics/random.ts'
import { ROOT } from '../../scripts/lib/paths.ts'
import {
  ByteWriter,
  f32,
  i32s,
  text,
  texts,
  u32,
  type Value,
} from '../../test/support/gguf-writer.ts'
import { CONTEXT_LENGTH, HEAD_DIM, layerMatrices, type Shape } from './shapes.ts'
import { makeVocabulary } from './vocabulary.ts'

const F32 = 0
const Q8_0 = 8
const ALIGNMENT = 32
const BLOCK = 32
const BLOCK_BYTES = 34

export const MODELS_FOLDER = join(ROOT, '.cache/bench/models')

/** Writes a shape's model unless it is there already. @returns its folder */
export async function randomModel(shape: Shape): Promise<string> {
  const folder = join(MODELS_FOLDER, shape.name)
  const path = join(folder, 'model.gguf')
  if (existsSync(path)) return folder
  mkdirSync(folder, { recursive: true })
  const partial = `${path}.${process.pid}`
  const file = await open(partial, 'w')
  try {
    await writeModel(file, shape)
  } finally {
    await file.close()
  }
  renameSync(partial, path)
  return folder
}

interface Tensor {
  name: string
  rows: number
  inputs: number
  type: typeof F32 | typeof Q8_0
}

/** One tensor at a time goes through memory. */
async function writeModel(file: FileHandle, shape: Shape): Promise<void> {
  const tensors = tensorsOf(shape)
  await file.write(header(shape, tensors))
  const random = new Random(1)
  for (const tensor of tensors) {
    const data = tensor.type === F32 ? gains(tensor.inputs) : blocks(tensor, random)
    await file.write(new ByteWriter().raw(data).align(ALIGNMENT).done())
  }
}

function tensorsOf(shape: Shape): Tensor[] {
  const { layers, width, vocab } = shape
  const gain = (name: string): Tensor => ({ name, rows: 1, inputs: width, type: F32 })
  const tensors: Tensor[] = [
    { name: 'token_embd', rows: vocab, inputs: width, type: Q8_0 },
    gain('output_norm'),
  ]
  for (let layer = 0; layer < layers; layer++) {
    const part = (name: string) => `blk.${layer}.${name}`
    tensors.push(gain(part('attn_norm')), gain(part('ffn_norm')))
    for (const [name, [rows, inputs]] of Object.entries(layerMatrices(shape))) {
      tensors.push({ name: part(name), rows, inputs, type: Q8_0 })
    }
  }
  return tensors
}

function header(shape: Shape, tensors: readonly Tensor[]): Uint8Array {
  const metadata = Object.entries(metadataOf(shape))
  const writer = new ByteWriter().raw([0x47, 0x47, 0x55, 0x46]).u32(3)
  writer.u64(tensors.length).u64(metadata.length)
  for (const [key, { kind, bytes }] of metadata) writer.text(key).u32(kind).raw(bytes)
  let offset = 0
  for (const { name, rows, inputs, type } of tensors) {
    writer.text(`${name}.weight`)
    if (type === F32) writer.u32(1).u64(inputs)
    else writer.u32(2).u64(inputs).u64(rows)
    writer.u32(type).u64(offset)
    const bytes = type === F32 ? inputs * 4 : rows * (inputs / BLOCK) * BLOCK_BYTES
    offset += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
  }
  return writer.align(ALIGNMENT).done()
}

function metadataOf(shape: Shape): Record<string, Value> {
  const { tokens, merges, endId } = makeVocabulary(shape.vocab)
  const [normal, control] = [1, 3]
  return {
    'general.architecture': text('llama'),
    'general.name': text(`random ${shape.name}`),
    'llama.context_length': u32(CONTEXT_LENGTH),
    'llama.embedding_length': u32(shape.width),
    'llama.block_count': u32(shape.layers),
    'llama.feed_forward_length': u32(shape.ffn),
    'llama.attention.head_count': u32(shape.heads),
    'llama.attention.head_count_kv': u32(shape.kvHeads),
    'llama.attention.layer_norm_rms_epsilon': f32(1e-5),
    'llama.rope.dimension_count': u32(HEAD_DIM),
    'llama.rope.freq_base': f32(10000),
    'llama.vocab_size': u32(shape.vocab),
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text('gpt-2'),
    'tokenizer.ggml.tokens': texts(tokens),
    'tokenizer.ggml.token_type': i32s(tokens.map((_, id) => (id === endId ? control : normal))),
    'tokenizer.ggml.merges': texts(merges),
    'tokenizer.ggml.bos_token_id': u32(endId),
    'tokenizer.ggml.eos_token_id': u32(endId),
  }
}

function gains(width: number): Uint8Array {
  return new Uint8Array(new Float32Array(width).fill(1).buffer)
}

/**
 * Rows of Q8_0: a float16 scale and 32 int8 a block. The scale is the power of two that brings the weights' standard
 * deviation (73 steps for evenly spread bytes) nearest to 1 / √inputs, so that activations neither grow nor vanish.
 */
function blocks({ rows, inputs }: Tensor, random: Random): Uint8Array {
  const exponent = Math.round(Math.log2(1 / (73 * Math.sqrt(inputs))))
  const half = (exponent + 15) << 10
  const count = rows * (inputs / BLOCK)
  const bytes = new Uint8Array(count * BLOCK_BYTES)
  const view = new DataView(bytes.buffer)
  for (let block = 0, at = 0; block < count; block++) {
    view.setUint16(at, half, true)
    at += 2
    for (let i = 0; i < BLOCK; i += 4, at += 4) {
      const word = Math.floor(random.next() * 2 ** 32)
      // ggml's own quantisation never makes -128.
      for (let byte = 0; byte < 4; byte++) {
        view.setInt8(at + byte, Math.max(-127, ((word >>> (8 * byte)) << 24) >> 24))
      }
    }
  }
  return bytes
}
