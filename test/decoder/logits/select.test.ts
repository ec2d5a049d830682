import { expect, test } from 'vitest'
import { argmax, multinomial } from '../../../decoder/logits/index.ts'
import { Random } from '../../../decoder/numerics/random.ts'

test('argmax takes the lowest id among equals', () => {
  expect(argmax(Float32Array.of(1, 5, 5, 2))).toBe(1)
})

test('multinomial draws in proportion: chi-square at 0.1 %', () => {
  const weights = [1, 2, 3, 4]
  const logits = Float64Array.from(weights, Math.log)
  const random = new Random(9)
  const counts = [0, 0, 0, 0]
  for (let i = 0; i < 100_000; i++) counts[multinomial(logits, random)]!++
  const chiSquare = counts.reduce(
    (sum, count, i) => sum + (count - weights[i]! * 10_000) ** 2 / (weights[i]! * 10_000),
    0,
  )
  expect(chiSquare).toBeLessThan(16.3) // 3 degrees of freedom
})

test('multinomial never draws what is ruled out', () => {
  const random = new Random(1)
  const logits = Float32Array.of(Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY, -50)
  for (let i = 0; i < 1000; i++) expect([1, 3]).toContain(multinomial(logits, random))
})
