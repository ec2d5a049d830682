import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  epsilonCutoff,
  etaCutoff,
  minP,
  mirostatTruncation,
  temperature,
  topK,
  topP,
  typicalP,
  xtc,
} from '../../../decoder/logits/index.ts'
import { Random } from '../../../decoder/numerics/random.ts'
import { isOut, kept, logits, rows, softmax } from '../../support/logit-rows.ts'

test('a temperature near 0 is nearly greedy, never infinite', () => {
  for (const best of [3, -3]) {
    const row = Float32Array.of(best, best - 1, best)
    temperature(row, 5e-324)
    expect([...row]).toEqual([0, Number.NEGATIVE_INFINITY, 0])
  }
})

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

test('typical-p keeps the most typical, enough of them and no more', () => {
  fc.assert(
    fc.property(logits, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, p) => {
      const row = Float64Array.from(values)
      typicalP(row, p)
      const probabilities = softmax(values)
      const entropy = probabilities.reduce((sum, q) => sum - (q > 0 ? q * Math.log(q) : 0), 0)
      const distance = probabilities.map((q) => Math.abs(-Math.log(q) - entropy))
      const farthest = Math.max(...distance.filter((_, id) => !isOut(row[id]!)))
      const mass = (keep: (id: number) => boolean) =>
        probabilities.reduce((sum, q, id) => sum + (keep(id) ? q : 0), 0)
      expect(mass((id) => !isOut(row[id]!))).toBeGreaterThanOrEqual(p - 1e-9)
      expect(mass((id) => distance[id]! < farthest - 1e-9)).toBeLessThan(p + 1e-9)
    }),
    { seed: 7 },
  )
})

test.each([
  ['epsilon', epsilonCutoff, (epsilon: number) => epsilon],
  [
    'eta',
    etaCutoff,
    (epsilon: number, entropy: number) =>
      Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropy)),
  ],
] as const)('%s cutoff keeps what reaches its bound, and the best', (_, cutoff, bound) => {
  fc.assert(
    fc.property(logits, fc.double({ min: 1e-4, max: 0.99, noNaN: true }), (values, epsilon) => {
      const row = Float64Array.from(values)
      cutoff(row, epsilon)
      const probabilities = softmax(values)
      const entropy = probabilities.reduce((sum, q) => sum - (q > 0 ? q * Math.log(q) : 0), 0)
      const border = bound(epsilon, entropy)
      for (const [id, q] of probabilities.entries()) {
        const isBest = values[id] === Math.max(...values)
        if (isBest || q > border + 1e-9) expect(row[id]).toBe(values[id])
        else if (q < border - 1e-9) expect(row[id]).toBe(Number.NEGATIVE_INFINITY)
      }
    }),
    { seed: 8 },
  )
})

test('XTC leaves at least one top choice and everything below it, as often as asked', () => {
  fc.assert(
    fc.property(rows, fc.double({ min: 0, max: 0.5, noNaN: true }), (values, threshold) => {
      const row = Float64Array.from(values)
      xtc(row, { probability: 1, threshold }, new Random(3))
      const probabilities = softmax(values)
      const top = probabilities.filter((q) => q >= threshold).length
      expect(kept(row).length).toBe(values.length - Math.max(0, top - 1))
    }),
    { seed: 16 },
  )
  const random = new Random(5)
  let applied = 0
  for (let i = 0; i < 10_000; i++) {
    const row = Float64Array.of(0, 0, -5)
    xtc(row, { probability: 0.3, threshold: 0.1 }, random)
    if (kept(row).length === 2) applied++
  }
  expect(Math.abs(applied - 3000)).toBeLessThan(3.3 * Math.sqrt(10_000 * 0.3 * 0.7))
})

test('mirostat keeps what is no more surprising than its bound, and the best', () => {
  fc.assert(
    fc.property(rows, fc.double({ min: -2, max: 20, noNaN: true }), (values, mu) => {
      const row = Float64Array.from(values)
      mirostatTruncation(row, mu)
      const probabilities = softmax(values)
      expect(isOut(row[values.indexOf(Math.max(...values))]!)).toBe(false)
      for (const [id, q] of probabilities.entries()) {
        const surprise = -Math.log2(q)
        if (surprise < mu - 1e-9) expect(row[id]).toBe(values[id])
        else if (surprise > mu + 1e-9 && values[id]! < Math.max(...values))
          expect(row[id]).toBe(Number.NEGATIVE_INFINITY)
      }
    }),
    { seed: 17 },
  )
})
