import { expect, test } from 'vitest'
import { Random } from '../../../decoder/numerics/random.ts'
import cases from '../../fixtures/random.json' with { type: 'json' }

test.each(cases)('seed $seed gives the published generator’s numbers', ({ seed, expected }) => {
  const random = new Random(seed)
  expect(expected.map(() => random.next())).toEqual(expected)
})

test('numbers are uniform: 16 bins of 160,000 draws pass chi-square at 0.1 %', () => {
  const random = new Random(42)
  const bins = new Array<number>(16).fill(0)
  for (let i = 0; i < 160_000; i++) bins[Math.floor(random.next() * 16)]!++
  const chiSquare = bins.reduce((sum, count) => sum + (count - 10_000) ** 2 / 10_000, 0)
  expect(chiSquare).toBeLessThan(37.7) // 15 degrees of freedom
})
