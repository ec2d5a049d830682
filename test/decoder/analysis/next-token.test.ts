import { expect, test } from 'vitest'
import { describeNextToken, topTokens } from '../../../decoder/analysis/next-token.ts'

test('entropy of known distributions, in nats', () => {
  expect(describeNextToken([3, 3, 3, 3]).entropy).toBeCloseTo(Math.log(4), 12)
  expect(describeNextToken([0, -1000]).entropy).toBe(0)
  // p = (1/2, 1/4, 1/4): H = 1.5 bits
  const row = [Math.log(2), 0, 0]
  expect(describeNextToken(row).entropy).toBeCloseTo(1.5 * Math.LN2, 12)
  expect(describeNextToken(row).normaliser).toBeCloseTo(Math.log(4), 12)
})

test('a ruled-out token adds nothing', () => {
  expect(describeNextToken([0, Number.NEGATIVE_INFINITY]).entropy).toBe(0)
})

test('the likeliest tokens come best first, with ln p', () => {
  const top = topTokens([0, Math.log(2), 0], Math.log(4), 2)
  expect(top.map(({ id }) => id)).toEqual([1, 0])
  expect(top[0]!.logprob).toBeCloseTo(-Math.LN2, 12)
  expect(topTokens([1, 2], 0, 0)).toEqual([])
})

test.each([
  [Number.NaN, 1],
  [Number.NaN, Number.NaN],
  [Number.POSITIVE_INFINITY, 1],
])('a damaged model is noticed: logits %s, %s', (...row) => {
  expect(() => describeNextToken(row)).toThrow(/no usable probabilities/)
})
