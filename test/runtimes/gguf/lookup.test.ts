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

const SHAPE = { width: 4, layers: 2 }
/** 1, -2, 0.5 and the smallest of all, by IEEE 754. */
const HALVES = [0x3c00, 0xc000, 0x3800, 0x0001]
const matrix = (name: string, changes: Partial<TensorInput> = {}): TensorInput => ({
  ...{ name: `${name}.weight`, type: 1, shape: [4, 1] },
  data: new Uint8Array(Uint16Array.from(HALVES).buffer),
  ...changes,
})
const file = (
  tensors = [matrix('question'), matrix('unit')],
  metadata: Record<string, Value> = {},
) =>
  writeGguf({
    metadata: {
      'general.architecture': text('lookup'),
      'lookup.layers': u32(2),
      'lookup.threshold': f32(0.25),
      ...metadata,
    },
    tensors,
  })

test('its matrices and layers are read', () => {
  const numbers = Float32Array.of(1, -2, 0.5, 2 ** -24)
  expect(lookupIn(file(), SHAPE)).toEqual({
    weights: { width: 4, question: numbers, unit: numbers, threshold: 0.25 },
    layers: 2,
  })
})

describe('a file is refused with the reason', () => {
  const model = readFileSync(
    new URL('../../fixtures/models/tiny-heads/model.gguf', import.meta.url),
  )
  const long = { shape: [4, 2], data: new Uint8Array(16) }
  test.each<[string, Uint8Array, string]>([
    ['a model', model, 'the architecture "llama", not "lookup"'],
    ['cut', file().slice(0, 100), 'cut short'],
    ['for more layers', file(undefined, { 'lookup.layers': u32(3) }), 'lookup.layers is 3'],
    [
      'for an angle that is none',
      file(undefined, { 'lookup.threshold': f32(2) }),
      'threshold is 2',
    ],
    ['without a matrix', file([matrix('question')]), 'lacks tensor "unit.weight"'],
    ['of another width', file([matrix('question', { shape: [2, 2] })]), 'F16 2 × 2, not F16 4 ×'],
    [
      'of another type',
      file([matrix('question', { type: 0, data: new Uint8Array(16) })]),
      'is F32 4 × 1',
    ],
    ['of two sizes', file([matrix('question'), matrix('unit', long)]), 'differ in size'],
  ])('%s', (_, bytes, reason) => {
    expect(() => lookupIn(bytes, SHAPE)).toThrow(
      expect.objectContaining({
        code: 'model_unusable',
        message: expect.stringContaining(reason),
      }),
    )
  })
})
