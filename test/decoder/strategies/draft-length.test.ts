import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DraftLength } from '../../../decoder/strategies/draft-length.ts'

/** The lengths after each draft, given how many of its tokens were accepted (all that were proposed: `all`). */
function lengths(most: number, accepted: (number | 'all')[]): number[] {
  const length = new DraftLength(most)
  return accepted.map((count) => {
    length.learn(length.tokens, count === 'all' ? length.tokens : count)
    return length.tokens
  })
}

test('begins with the most, one fewer after a wrong guess, two more after a draft that was right', () => {
  expect(new DraftLength(5).tokens).toBe(5)
  expect(lengths(5, [0, 2, 1, 'all', 'all', 'all'])).toEqual([4, 3, 2, 4, 5, 5])
  expect(lengths(3, [0, 0, 0, 0, 'all'])).toEqual([2, 1, 1, 1, 3])
})

test('a draft without tokens says nothing; one that is shorter than allowed and right lets it grow', () => {
  const length = new DraftLength(8)
  for (let i = 0; i < 4; i++) length.learn(4, 0)
  length.learn(0, 0)
  expect(length.tokens).toBe(4)
  length.learn(1, 1)
  expect(length.tokens).toBe(6)
})

test('stays between 1 and the most', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 16 }),
      fc.array(fc.tuple(fc.nat(16), fc.nat(16))),
      (most, passes) => {
        const length = new DraftLength(most)
        for (const [depth, accepted] of passes) {
          length.learn(depth, Math.min(depth, accepted))
          expect(length.tokens).toBeGreaterThanOrEqual(1)
          expect(length.tokens).toBeLessThanOrEqual(most)
        }
      },
    ),
    { seed: 3, numRuns: 100 },
  )
})
