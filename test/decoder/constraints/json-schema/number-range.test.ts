import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numberRange } from '../../../../decoder/constraints/json-schema/number-range.ts'
import { accepts, matcherOfExpression, randomText } from '../../../support/languages.ts'

const NONE = { min: null, max: null, exclusiveMin: null, exclusiveMax: null }
const bound = fc.option(
  fc.oneof(
    fc.integer({ min: -1200, max: 1200 }),
    fc.integer({ min: -99_999, max: 99_999 }).map((units) => units / 100),
  ),
)
const bounds = fc.record({ min: bound, max: bound, exclusiveMin: bound, exclusiveMax: bound })

const isWithin = (
  value: number,
  { min, max, exclusiveMin, exclusiveMax }: typeof NONE | BoundsLike,
) =>
  (min === null || value >= min) &&
  (max === null || value <= max) &&
  (exclusiveMin === null || value > exclusiveMin) &&
  (exclusiveMax === null || value < exclusiveMax)
type BoundsLike = Record<keyof typeof NONE, number | null>

const matcherOf = (limits: BoundsLike, integer: boolean) => {
  try {
    return matcherOfExpression(numberRange(limits, integer)!)
  } catch {
    return null
  }
}

describe('numbers within bounds', () => {
  test('an integer is in the language if and only if it is within', () => {
    fc.assert(
      fc.property(bounds, fc.array(fc.integer({ min: -1500, max: 1500 })), (limits, values) => {
        const matcher = matcherOf(limits, true)
        return values.every((value) => {
          const isIn = matcher !== null && accepts(matcher, String(value))
          return isIn === isWithin(value, limits)
        })
      }),
      { seed: 1, numRuns: 400 },
    )
  })

  test('so is a decimal of two digits', () => {
    const decimal = fc.integer({ min: -150_000, max: 150_000 }).map((units) => units / 100)
    fc.assert(
      fc.property(bounds, fc.array(decimal, { minLength: 5 }), (limits, values) => {
        const matcher = matcherOf(limits, false)
        return values.every((value) => {
          const isIn = matcher !== null && accepts(matcher, value.toFixed(2))
          return isIn === isWithin(value, limits)
        })
      }),
      { seed: 2, numRuns: 400 },
    )
  })

  test('what is made is JSON, and within', () => {
    fc.assert(
      fc.property(bounds, fc.boolean(), fc.nat(), (limits, integer, seed) => {
        const matcher = matcherOf(limits, integer)
        const text = matcher && randomText(matcher, seed)
        if (text === null) return true
        const value = JSON.parse(text)
        return isWithin(value, limits) && (!integer || Number.isInteger(value))
      }),
      { seed: 3, numRuns: 400 },
    )
  })

  test('bounds beyond what is written limit nothing', () => {
    const far = { min: -1e16, max: 1e300, exclusiveMin: -1e20, exclusiveMax: 1e16 }
    const matcher = matcherOfExpression(numberRange(far, true)!)
    for (const text of ['0', '-5', '999999999999999', '-999999999999999']) {
      expect([text, accepts(matcher, text)]).toEqual([text, true])
    }
    expect(accepts(matcher, '1000000000000000')).toBe(false)
  })

  test('bounds that leave only what is beyond, or are too fine, are none', () => {
    expect(numberRange({ ...NONE, min: 1e16 }, true)).toBeNull()
    expect(numberRange({ ...NONE, max: -1e20 }, false)).toBeNull()
    expect(numberRange({ ...NONE, min: 1e-7 }, false)).toBeNull()
    expect(numberRange({ ...NONE, min: 0.1234567 }, false)).toBeNull()
    expect(numberRange({ ...NONE, max: 999_999_999_999_999 }, true)).not.toBeNull()
  })
})
