import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Logits, minP, temperature, topK, topP } from '../../../decoder/logits/index.ts'
import fixtures from '../../fixtures/decoding.json' with { type: 'json' }

type Params = { temperature?: number; topK?: number; topP?: number; minP?: number }

const PROCESSORS: Record<string, (logits: Logits, params: Params) => void> = {
  temperature: (logits, params) => temperature(logits, params.temperature!),
  topK: (logits, params) => topK(logits, params.topK!),
  topP: (logits, params) => topP(logits, params.topP!),
  minP: (logits, params) => minP(logits, params.minP!),
}

describe('values computed apart from this project', () => {
  test.each(fixtures.processors.map((entry, index) => ({ ...entry, index })))(
    '$index $processor $params',
    ({ processor, params, logits, expected }) => {
      const row = Float64Array.from(logits)
      PROCESSORS[processor]!(row, params as Params)
      for (const [id, value] of expected.entries()) {
        if (value === null) expect(row[id]).toBe(Number.NEGATIVE_INFINITY)
        else expect(row[id]).toBeCloseTo(value, 9)
      }
    },
  )
})

const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
  minLength: 1,
  maxLength: 40,
})
const kept = (row: Logits) => [...row].filter((x) => x > Number.NEGATIVE_INFINITY)
const softmax = (row: number[]) => {
  const weights = row.map((x) => Math.exp(x - Math.max(...row)))
  const sum = weights.reduce((a, b) => a + b)
  return weights.map((w) => w / sum)
}

describe('properties', () => {
  test('top-k keeps the k largest, more only for ties', () => {
    fc.assert(
      fc.property(logits, fc.integer({ min: 1, max: 50 }), (values, k) => {
        const row = Float64Array.from(values)
        topK(row, k)
        const largest = [...values].sort((a, b) => b - a).slice(0, k)
        expect(new Set(kept(row))).toEqual(new Set(largest.map((x) => x)))
      }),
      { seed: 4 },
    )
  })

  test('top-p keeps enough mass, and no token too many', () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, p) => {
        const row = Float64Array.from(values)
        topP(row, p)
        const mass = (keep: (x: number) => boolean) =>
          softmax(values).reduce((sum, prob, i) => sum + (keep(values[i]!) ? prob : 0), 0)
        const border = Math.min(...kept(row))
        expect(mass((x) => x >= border)).toBeGreaterThanOrEqual(p - 1e-9)
        expect(mass((x) => x > border)).toBeLessThan(p + 1e-9)
      }),
      { seed: 5 },
    )
  })

  test('min-p keeps exactly what is p times as likely as the best', () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0.001, max: 1, noNaN: true }), (values, p) => {
        const row = Float64Array.from(values)
        minP(row, p)
        const best = Math.max(...values)
        for (const [i, value] of values.entries()) {
          const ratio = Math.exp(value - best)
          if (Math.abs(ratio - p) > 1e-9) expect(row[i]! > Number.NEGATIVE_INFINITY).toBe(ratio > p)
        }
      }),
      { seed: 6 },
    )
  })

  test('settings that mean "off" change no bit', () => {
    const row = Float32Array.of(0.1, -3.3, 7)
    const before = row.slice()
    temperature(row, 1)
    topK(row, 3)
    topP(row, 1)
    minP(row, 0)
    expect(row).toEqual(before)
  })
})

test('out of range is refused by name', () => {
  const row = Float32Array.of(1, 2)
  expect(() => temperature(row, 0)).toThrow(/temperature must be above 0/)
  expect(() => temperature(row, Number.NaN)).toThrow(/temperature/)
  expect(() => topK(row, 0)).toThrow(/top_k/)
  expect(() => topK(row, 1.5)).toThrow(/top_k/)
  expect(() => topP(row, 1.1)).toThrow(/top_p/)
  expect(() => minP(row, -0.1)).toThrow(/min_p/)
})
