import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cosine, LookupSpace } from '../../../decoder/lookup/lookup-space.ts'

test('each side has its own matrix, and directions have length 1', () => {
  // Worked out by hand: (1, 2) · (3, 4) = 11, (0, 1) · (3, 4) = 4; and 2 · 3 = 6, 4.
  const space = new LookupSpace({
    width: 2,
    question: Float32Array.of(1, 2, 0, 1),
    unit: Float32Array.of(2, 0, 0, 1),
    threshold: 0,
  })
  const state = Float32Array.of(3, 4)
  const [x, y] = space.ofQuestion(state)
  expect(x).toBeCloseTo(11 / Math.hypot(11, 4), 6)
  expect(y).toBeCloseTo(4 / Math.hypot(11, 4), 6)
  const [u, v] = space.ofUnit(state)
  expect(u).toBeCloseTo(6 / Math.hypot(6, 4), 6)
  expect(v).toBeCloseTo(4 / Math.hypot(6, 4), 6)
})

test('a state without a direction has none, and no NaN', () => {
  const space = new LookupSpace({
    width: 2,
    question: Float32Array.of(1, 1),
    unit: Float32Array.of(1, 1),
    threshold: 0,
  })
  expect(space.ofUnit(Float32Array.of(0, 0))).toEqual(Float32Array.of(0))
})

test('how large a state is does not matter', () => {
  const space = new LookupSpace({
    width: 3,
    question: Float32Array.of(1, 2, 3, -1, 0, 2),
    unit: Float32Array.of(0, 1, 0, 1, 0, 0),
    threshold: 0,
  })
  const number = fc.integer({ min: -9, max: 9 })
  fc.assert(
    fc.property(
      fc.array(number, { minLength: 3, maxLength: 3 }),
      fc.float({ min: 0.5, max: 8, noNaN: true }),
      (state, factor) => {
        const once = space.ofQuestion(Float32Array.from(state))
        const larger = space.ofQuestion(Float32Array.from(state, (x) => x * factor))
        fc.pre(cosine(once, once) > 0)
        expect(cosine(once, larger)).toBeCloseTo(1, 4)
      },
    ),
    { seed: 22 },
  )
})
