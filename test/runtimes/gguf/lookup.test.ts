import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { lookupIn } from '../../../runtimes/gguf/lookup.ts'
import {
  f32,
  type TensorInput,
  text,
  u32,
  type Value,
  writeGguf,
} from '../../support/gguf-writer.ts'

const WIDTH = 32
const VOCABULARY = 2
const ROWS = 2 + VOCABULARY

const floats = (name: string, values: readonly number[], shape = [values.length]): TensorInput => ({
  ...{ name, type: 0, shape },
  data: new Uint8Array(Float32Array.from(values).buffer),
})
/** 1 in IEEE 754's half, everywhere. */
const ones = (name: string, shape = [WIDTH, WIDTH]): TensorInput => ({
  ...{ name, type: 1, shape },
  data: new Uint8Array(new Uint16Array(shape[0]! * shape[1]!).fill(0x3c00).buffer),
})
/** Q4_0: scale 0.5 (0x3800), then byte j with element j low and element j + 16 high; here 0…15 and 15…0. */
const ROW = [0x00, 0x38, ...Array.from({ length: 16 }, (_, j) => j | ((15 - j) << 4))]
const table = (rows = ROWS): TensorInput => ({
  ...{ name: 'word.weight', type: 2, shape: [WIDTH, rows] },
  data: Uint8Array.from({ length: 18 * rows }, (_, i) => ROW[i % 18]!),
})
const range = (from: number) => Array.from({ length: WIDTH }, (_, i) => from + i)
const SIDES = ['unit', 'question', 'asked', 'answered']
const TENSORS = [
  table(),
  ...SIDES.flatMap((side, i) => [
    ones(`${side}.map.weight`),
    floats(`${side}.gate.weight`, range(i)),
    floats(`${side}.gate.bias`, [i]),
  ]),
  floats('lean.weight', [...range(0), ...range(100)], [WIDTH, 2]),
  floats('lean.bias', [-1, 2]),
]
const file = (tensors: readonly TensorInput[] = TENSORS, metadata: Record<string, Value> = {}) =>
  writeGguf({
    metadata: {
      'general.architecture': text('lookup'),
      'lookup.words': text('café\nopen'),
      'lookup.nothing': f32(0.25),
      'lookup.declines': text('no'),
      ...metadata,
    },
    tensors: [...tensors],
  })
const but = (...others: TensorInput[]) =>
  TENSORS.map((tensor) => others.find(({ name }) => name === tensor.name) ?? tensor)

test('words, vectors, matrices and biases are read', () => {
  const lookup = lookupIn(file(), VOCABULARY)
  expect(lookup).toMatchObject({ width: WIDTH, words: ['café', 'open'] })
  expect(lookup).toMatchObject({ nothing: 0.25, declines: 'no' })
  const half = Array.from({ length: 16 }, (_, j) => (j - 8) / 2)
  for (const row of [0, ROWS - 1]) {
    expect([...lookup.vector(row)]).toEqual([...half, ...half.map((x) => -0.5 - x)])
  }
  for (const [i, side] of [lookup.unit, lookup.question, lookup.asked, lookup.answered].entries()) {
    expect(side.bias).toBe(i)
    expect([...side.gate]).toEqual(range(i))
    expect(side.map).toEqual(new Float32Array(WIDTH * WIDTH).fill(1))
  }
  expect(lookup.leanOnAsked).toEqual({ gate: Float32Array.from(range(0)), bias: -1 })
  expect(lookup.leanOnAnswered).toEqual({ gate: Float32Array.from(range(100)), bias: 2 })
})

describe('a file is refused with the reason', () => {
  const model = readFileSync(
    new URL('../../fixtures/models/tiny-heads/model.gguf', import.meta.url),
  )
  test.each<[string, Uint8Array, string]>([
    ['a model', model, 'the architecture "llama", not "lookup"'],
    ['cut', file().slice(0, 100), 'cut short'],
    ['for an angle that is none', file(TENSORS, { 'lookup.nothing': f32(2) }), 'nothing is 2'],
    ['without words', file(TENSORS, { 'lookup.words': u32(2) }), 'lacks lookup.words'],
    ['without a refusal', file(TENSORS, { 'lookup.declines': u32(2) }), 'lacks lookup.declines'],
    ['without its table', file(TENSORS.slice(1)), 'lacks tensor "word.weight"'],
    ['without a bias', file(TENSORS.slice(0, -1)), 'lacks tensor "lean.bias"'],
    ['of another tokenizer', file(but(table(5))), 'is Q4_0 32 × 5, not Q4_0 32 × 4'],
    [
      'with a side of another type',
      file(but(floats('unit.map.weight', new Array(WIDTH ** 2).fill(0), [WIDTH, WIDTH]))),
      'tensor "unit.map.weight" of lookup.gguf is F32 32 × 32, not F16 32 × 32',
    ],
  ])('%s', (_, bytes, reason) => {
    expect(() => lookupIn(bytes, VOCABULARY)).toThrow(
      expect.objectContaining({
        code: 'model_unusable',
        message: expect.stringContaining(reason),
      }),
    )
  })
})
