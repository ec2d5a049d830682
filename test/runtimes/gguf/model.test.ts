import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseHeader } from '../../../runtimes/gguf/header.ts'
import { type LlamaModel, llamaModel } from '../../../runtimes/gguf/model.ts'
import {
  bool,
  f32,
  i32s,
  type TensorInput,
  text,
  texts,
  u32,
  type Value,
  writeGguf,
} from '../../support/gguf-writer.ts'
import { TOKENS, tensor, tinyLlama } from '../../support/tiny-llama.ts'

function load(bytes: Uint8Array): LlamaModel {
  const header = parseHeader(bytes, bytes.length)
  if (header === 'more') throw new Error('The header was not found whole')
  return llamaModel(header)
}

interface Changes {
  /** Entries of the metadata to set, or with null to leave out. */
  metadata?: Record<string, Value | null>
  /** Tensors to replace by name, or to add. */
  tensors?: TensorInput[]
  without?: string
}

/** The tiny model with changes. */
function tiny({ metadata = {}, tensors = [], without }: Changes = {}): Uint8Array {
  const file = tinyLlama()
  const entries = Object.entries({ ...file.metadata, ...metadata })
  const changed = new Map(tensors.map((entry) => [entry.name, entry]))
  const all = new Map([...file.tensors.map((entry) => [entry.name, entry] as const), ...changed])
  return writeGguf({
    metadata: Object.fromEntries(entries.filter((entry): entry is [string, Value] => !!entry[1])),
    tensors: [...all.values()].filter(({ name }) => name !== without),
  })
}

test('the default model has the shape that its config.json says', () => {
  const read = (name: string) =>
    readFileSync(new URL(`../../../model/edgewise-chat/${name}`, import.meta.url))
  const json = JSON.parse(read('config.json').toString())
  const { config, tensors } = load(read('model.gguf'))
  expect(config).toEqual({
    layers: json.num_hidden_layers,
    width: json.hidden_size,
    heads: json.num_attention_heads,
    kvHeads: json.num_key_value_heads,
    headDim: json.head_dim,
    ffn: json.intermediate_size,
    vocab: json.vocab_size,
    contextLength: json.max_position_embeddings,
    rmsEpsilon: Math.fround(json.rms_norm_eps),
    ropeTheta: json.rope_theta,
    ropeFactor: 1,
    tied: json.tie_word_embeddings,
  })
  expect(Object.keys(tensors)).toHaveLength(2 + 9 * json.num_hidden_layers)
})

describe('a model of mixed types', () => {
  test('has its settings and tensors', () => {
    const { config, tensors } = load(tiny())
    expect(config).toEqual({
      layers: 1,
      width: 32,
      heads: 2,
      kvHeads: 1,
      headDim: 16,
      ffn: 64,
      vocab: TOKENS.length,
      contextLength: 64,
      rmsEpsilon: Math.fround(1e-5),
      ropeTheta: 20_000,
      ropeFactor: 1,
      tied: true,
    })
    expect(tensors['blk.0.attn_q.weight']).toMatchObject({ type: 'Q4_0', shape: [32, 32] })
    expect(tensors['blk.0.attn_k.weight']).toMatchObject({ type: 'F16', shape: [32, 16] })
  })

  test.each([0, 1, 2, 8])('embeds in type %d', (type) => {
    const embedding = tensor('token_embd.weight', [32, TOKENS.length], type)
    expect(load(tiny({ tensors: [embedding] })).config.tied).toBe(true)
  })

  test('may have an output matrix of its own', () => {
    const output = tensor('output.weight', [32, TOKENS.length], 2)
    const { config, tensors } = load(tiny({ tensors: [output] }))
    expect(config.tied).toBe(false)
    expect(tensors['output.weight']).toMatchObject({ type: 'Q4_0' })
  })

  test('may have heads that are not width / heads wide', () => {
    const metadata = {
      'llama.attention.head_count': u32(3),
      'llama.attention.head_count_kv': u32(3),
      'llama.attention.key_length': u32(8),
      'llama.attention.value_length': u32(8),
      'llama.rope.dimension_count': u32(8),
    }
    const tensors = ['q', 'k', 'v'].map((name) => tensor(`blk.0.attn_${name}.weight`, [32, 24]))
    tensors.push(tensor('blk.0.attn_output.weight', [24, 32]))
    expect(load(tiny({ metadata, tensors })).config).toMatchObject({ headDim: 8, heads: 3 })
  })

  test('shares no keys if it says nothing of them, and turns with theta 10,000', () => {
    const metadata = { 'llama.attention.head_count_kv': null, 'llama.rope.freq_base': null }
    const tensors = ['k', 'v'].map((name) => tensor(`blk.0.attn_${name}.weight`, [32, 32]))
    const { config } = load(tiny({ metadata, tensors }))
    expect(config).toMatchObject({ kvHeads: 2, ropeTheta: 10_000 })
  })

  test('needs no token list if it says how many there are', () => {
    const metadata = { 'tokenizer.ggml.tokens': null, 'llama.vocab_size': u32(TOKENS.length) }
    expect(load(tiny({ metadata })).config.vocab).toBe(TOKENS.length)
  })
})

describe('scaled positions', () => {
  const factor = (metadata: Record<string, Value>) => load(tiny({ metadata })).config.ropeFactor
  const four = { 'llama.rope.scaling.factor': f32(4) }
  test.each([
    ['linear', { 'llama.rope.scaling.type': text('linear'), ...four }, 4],
    ['a factor alone', four, 4],
    ['the older key', { 'llama.rope.scale_linear': f32(2) }, 2],
    ['none', { 'llama.rope.scaling.type': text('none'), ...four }, 1],
    ['a factor of 0', { 'llama.rope.scaling.factor': f32(0) }, 1],
  ])('%s', (_, metadata, expected) => {
    expect(factor(metadata)).toBe(expected)
  })

  test('by a tensor of factors, one for each pair', () => {
    const { tensors } = load(tiny({ tensors: [tensor('rope_freqs.weight', [8])] }))
    expect(tensors['rope_freqs.weight']).toMatchObject({ type: 'F32', shape: [8] })
  })
})

function cause(file: Uint8Array): string {
  try {
    load(file)
    return ''
  } catch (error) {
    expect(error).toMatchObject({ name: 'DecodingError', code: 'model_unusable' })
    return (error as Error).message.replace("The GGUF file can't be used: ", '')
  }
}

describe('is refused with its cause', () => {
  const set = (key: string, value: Value | null) => tiny({ metadata: { [key]: value } })
  const withTensor = (name: string, shape: number[], type = 0) =>
    tiny({ tensors: [tensor(name, shape, type)] })
  test.each<[string, Uint8Array, string | RegExp]>([
    [
      'another architecture',
      set('general.architecture', text('mamba')),
      'its architecture is "mamba"; supported: llama',
    ],
    [
      'an architecture that JavaScript knows',
      set('general.architecture', text('constructor')),
      'its architecture is "constructor"; supported: llama',
    ],
    ['no architecture', set('general.architecture', null), /lacks general\.architecture$/],
    ['a part of a model', set('split.count', u32(3)), 'it is one of 3 parts of a model'],
    [
      'experts',
      set('llama.expert_count', u32(8)),
      'llama.expert_count = 8 is not supported, only 0 is',
    ],
    [
      'an encoder',
      set('llama.attention.causal', bool(false)),
      'llama.attention.causal = false is not supported, only true is',
    ],
    [
      'yarn',
      set('llama.rope.scaling.type', text('yarn')),
      'rope scaling of the type "yarn" is not supported; linear is',
    ],
    [
      'longrope',
      set('llama.rope.scaling.type', text('longrope')),
      'rope scaling of the type "longrope" is not supported; linear is',
    ],
    ['no layers', set('llama.block_count', u32(0)), 'llama.block_count is 0, not a whole number'],
    [
      '2^31 layers',
      set('llama.block_count', u32(2 ** 31)),
      'llama.block_count is 2147483648, not a whole number from 1 to 1024',
    ],
    ['no width', set('llama.embedding_length', null), 'its metadata lacks llama.embedding_length'],
    [
      'half a head',
      set('llama.attention.head_count', f32(1.5)),
      'llama.attention.head_count is 1.5, not a whole number',
    ],
    [
      'heads by layer',
      set('llama.attention.head_count_kv', i32s([1, 2])),
      'llama.attention.head_count_kv is a list, not a whole number',
    ],
    [
      'heads that do not share evenly',
      tiny({
        metadata: { 'llama.attention.head_count': u32(4), 'llama.attention.head_count_kv': u32(3) },
      }),
      "its 4 query heads can't share 3 key-value heads evenly",
    ],
    [
      'narrow heads',
      set('llama.attention.key_length', u32(6)),
      'llama.attention.key_length is 6, not a whole number from 8 to 1024',
    ],
    [
      'odd heads',
      set('llama.attention.key_length', u32(9)),
      'its heads have 9 numbers, not an even count',
    ],
    [
      'values of another size',
      set('llama.attention.value_length', u32(8)),
      'llama.attention.value_length = 8 is not supported, only 16 is',
    ],
    [
      'heads turned in part',
      set('llama.rope.dimension_count', u32(8)),
      'llama.rope.dimension_count = 8 is not supported, only 16 is',
    ],
    ['no context', set('llama.context_length', u32(0)), /^llama\.context_length is 0/],
    [
      'an epsilon that is no number',
      set('llama.attention.layer_norm_rms_epsilon', f32(Number.NaN)),
      'llama.attention.layer_norm_rms_epsilon is NaN, not a number from 1e-12 to 0.1',
    ],
    [
      'an epsilon of 0',
      set('llama.attention.layer_norm_rms_epsilon', f32(0)),
      /^llama\.attention\.layer_norm_rms_epsilon is 0,/,
    ],
    [
      'an endless theta',
      set('llama.rope.freq_base', f32(Number.POSITIVE_INFINITY)),
      /^llama\.rope\.freq_base is Infinity,/,
    ],
    ['a theta of text', set('llama.rope.freq_base', text('1')), /^llama\.rope\.freq_base is "1",/],
    ['a negative factor', set('llama.rope.scaling.factor', f32(-4)), /factor is -4,/],
    [
      'too many tokens',
      set('tokenizer.ggml.tokens', texts([...TOKENS, 'more'])),
      `it lists ${TOKENS.length + 1} tokens, but embeds ${TOKENS.length}`,
    ],
    [
      'too few tokens',
      set('tokenizer.ggml.tokens', texts(TOKENS.slice(1))),
      `it lists ${TOKENS.length - 1} tokens, but embeds ${TOKENS.length}`,
    ],
    [
      'no norm',
      tiny({ without: 'blk.0.ffn_norm.weight' }),
      'it lacks tensor "blk.0.ffn_norm.weight"',
    ],
    ['no embedding', tiny({ without: 'token_embd.weight' }), 'it lacks tensor "token_embd.weight"'],
    [
      'a second layer without a place',
      withTensor('blk.1.attn_norm.weight', [32]),
      'tensor "blk.1.attn_norm.weight" is not supported',
    ],
    [
      'a bias',
      withTensor('blk.0.attn_q.bias', [32]),
      'tensor "blk.0.attn_q.bias" is not supported',
    ],
    [
      'a matrix on its side',
      withTensor('blk.0.ffn_down.weight', [32, 64]),
      'tensor "blk.0.ffn_down.weight" has the shape 32 × 64, not 64 × 32',
    ],
    [
      'a norm of another width',
      withTensor('output_norm.weight', [64]),
      'tensor "output_norm.weight" has the shape 64, not 32',
    ],
    [
      'a norm in blocks',
      withTensor('output_norm.weight', [32], 8),
      'tensor "output_norm.weight" has the type Q8_0, not F32',
    ],
  ])('%s', (_, file, message) => {
    expect(cause(file)).toMatch(message)
  })
})
