import fc from 'fast-check'
import { expect, test } from 'vitest'
import { descending } from '../../../decoder/numerics/descending.ts'

test('draws indexes as a stable sort would order them', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -3, max: 3 })), (values) => {
      const sorted = values.map((_, i) => i).sort((i, j) => values[j]! - values[i]! || i - j)
      expect([...descending(values)]).toEqual(sorted)
    }),
    { seed: 3 },
  )
})

test('leaves out what is ruled out', () => {
  expect([...descending([1, Number.NEGATIVE_INFINITY, 2])]).toEqual([2, 0])
})
