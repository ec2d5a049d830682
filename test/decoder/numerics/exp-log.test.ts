import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exp, log } from '../../../decoder/numerics/exp-log.ts'

/** Distance in units of the last place of `expected`. */
function ulps(actual: number, expected: number): number {
  if (Object.is(actual, expected)) return 0
  const unit = 2 ** Math.max(-1074, Math.floor(Math.log2(Math.abs(expected))) - 52)
  return Math.abs(actual - expected) / unit
}

test('exp is within one unit in the last place of the engine’s own', () => {
  fc.assert(
    fc.property(fc.double({ min: -700, max: 709, noNaN: true }), (x) => {
      expect(ulps(exp(x), Math.exp(x))).toBeLessThanOrEqual(1)
    }),
    { seed: 1, numRuns: 5000 },
  )
})

test('log is within one unit in the last place of the engine’s own', () => {
  fc.assert(
    fc.property(fc.double({ min: Number.MIN_VALUE, max: Number.MAX_VALUE, noNaN: true }), (x) => {
      expect(ulps(log(x), Math.log(x))).toBeLessThanOrEqual(1)
    }),
    { seed: 2, numRuns: 5000 },
  )
})

test('edges', () => {
  expect(exp(0)).toBe(1)
  expect(ulps(exp(1), Math.E)).toBeLessThanOrEqual(1)
  expect(exp(Number.NEGATIVE_INFINITY)).toBe(0)
  expect(exp(-800)).toBe(0)
  expect(exp(-745)).toBe(Number.MIN_VALUE)
  expect(exp(710)).toBe(Number.POSITIVE_INFINITY)
  expect(exp(709.7)).toBeCloseTo(Math.exp(709.7), -296)
  expect(exp(Number.NaN)).toBeNaN()
  expect(log(1)).toBe(0)
  expect(log(0)).toBe(Number.NEGATIVE_INFINITY)
  expect(log(-1)).toBeNaN()
  expect(log(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY)
  expect(log(Number.MIN_VALUE)).toBeCloseTo(-744.4400719213812, 12)
})
