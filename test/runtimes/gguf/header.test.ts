import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseHeader } from '../../../runtimes/gguf/header.ts'
import type { GgufHeader } from '../../../runtimes/gguf/types.ts'
import { f32, texts, u32, writeGguf } from '../../support/gguf-writer.ts'
import { tinyLlama } from '../../support/tiny-llama.ts'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url))

function whole(bytes: Uint8Array): GgufHeader {
  const header = parseHeader(bytes, bytes.length)
  if (header === 'more') throw new Error('The header was not found whole')
  return header
}

describe('a file by ggml’s own writer (test/fixtures/make/gguf_values.py)', () => {
  const header = whole(read('test/fixtures/gguf/values.gguf'))

  test('has a value of each kind', () => {
    expect(Object.fromEntries(header.metadata)).toEqual({
      'general.architecture': 'values',
      'general.alignment': 64,
      u8: 200,
      i8: -100,
      u16: 60_000,
      i16: -30_000,
      u32: 4_000_000_000,
      i32: -2_000_000_000,
      f32: 0.15625,
      yes: true,
      no: false,
      u64: 2 ** 53,
      'u64.large': 2n ** 64n - 1n,
      i64: -(2 ** 40),
      f64: 0.1,
      text: 'naïve 🦥',
      'text.empty': '',
      i8s: Int8Array.of(-1, 0, 1),
      u16s: Uint16Array.of(1, 60_000),
      i32s: Int32Array.of(-5, 6),
      f32s: Float32Array.of(0.5, -2.25),
      bools: Uint8Array.of(1, 0, 1),
      u64s: BigUint64Array.of(1n, 2n ** 64n - 1n),
      f64s: Float64Array.of(0.1),
      texts: ['a', '', '\uFEFF', 'é🦥', 'the end'],
      'texts.nul': ['a\0b', '\0', 'c'],
    })
  })

  test('has its tensors where ggml’s reader finds them', () => {
    expect(header.version).toBe(3)
    expect(header.tensors).toEqual([
      { name: 'half', type: 'F16', shape: [32, 3], offset: 960, bytes: 192 },
      { name: 'blocks', type: 'Q8_0', shape: [32, 3], offset: 1152, bytes: 102 },
    ])
    expect(header.dataStart).toBe(960)
    expect(header.headerBytes).toBeGreaterThan(960 - 64)
  })
})

test('the default model’s table is the one that ggml’s reader gives', () => {
  const { tensors, dataStart, metadata } = whole(read('model/edgewise-chat/model.gguf'))
  expect(dataStart).toBe(131_456)
  expect(tensors).toHaveLength(56)
  expect(tensors.at(0)).toEqual({
    name: 'token_embd.weight',
    type: 'Q8_0',
    shape: [256, 4096],
    offset: 131_456,
    bytes: 1_114_112,
  })
  expect(tensors.at(-1)).toMatchObject({ name: 'blk.5.ffn_down.weight', offset: 5_767_552 })
  expect(metadata.get('tokenizer.ggml.tokens')).toHaveLength(4096)
})

describe('a file that is still arriving', () => {
  const file = writeGguf(tinyLlama())
  const { headerBytes } = whole(file)

  test.each([file.length, null])('is whole when its header is (size %s)', (size) => {
    for (let length = 0; length < headerBytes; length++) {
      expect(parseHeader(file.subarray(0, length), size)).toBe('more')
    }
    expect(parseHeader(file.subarray(0, headerBytes), size)).toEqual(whole(file))
  })

  test('may lie anywhere in a buffer', () => {
    const moved = new Uint8Array(file.length + 3)
    moved.set(file, 3)
    expect(parseHeader(moved.subarray(3), file.length)).toEqual(whole(file))
  })
})

test('tensors come in the order of their data', () => {
  const { metadata, tensors } = tinyLlama()
  const offsets = tensors.map((_, index) => (tensors.length - index) * 16_384)
  const reversed = tensors.map((tensor, index) => ({ ...tensor, offset: offsets[index]! }))
  const file = writeGguf({ metadata, tensors: reversed })
  const header = parseHeader(file, null) as GgufHeader
  expect(header.tensors.map(({ name }) => name)).toEqual(tensors.map(({ name }) => name).reverse())
  expect(header.tensors[0]!.offset).toBe(header.dataStart + 16_384)
})

test('version 2 is read like version 3', () => {
  const { version, ...header } = whole(writeGguf({ ...tinyLlama(), version: 2 }))
  expect({ ...header, version: 3 }).toEqual(whole(writeGguf(tinyLlama())))
  expect(version).toBe(2)
})

test('a vocabulary of 150,000 tokens with their merges is read whole', () => {
  const tokens = Array.from({ length: 150_000 }, (_, id) => `tokén${id}`)
  const list = texts(tokens)
  const file = writeGguf({
    metadata: { a: u32(1), tokens: list, merges: list, b: f32(2) },
    tensors: [],
  })
  const { metadata } = whole(file)
  expect(metadata.get('tokens')).toEqual(tokens)
  expect(metadata.get('merges')).toEqual(tokens)
  expect(metadata.get('b')).toBe(2)
})
