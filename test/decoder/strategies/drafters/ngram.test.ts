import fc from 'fast-check'
import { expect, test } from 'vitest'
import { longestMatch, NgramDrafter } from '../../../../decoder/strategies/drafters/ngram.ts'

const guess = async (tokens: number[], depth = 4) =>
  (await new NgramDrafter().draft(tokens, depth)).tokens

test('what followed the last tokens before follows them again', async () => {
  expect(await guess([1, 2, 3, 4, 5, 1, 2, 3])).toEqual([4, 5, 1, 2])
  expect(await guess([1, 2, 3, 4, 5, 1, 2, 3], 2)).toEqual([4, 5])
  expect(await guess([7, 7, 7], 4)).toEqual([7])
})

test('the longest run counts; of equals the latest', async () => {
  // 2 3 was followed by 8 the last time, but 1 2 3 by 4.
  expect(await guess([1, 2, 3, 4, 9, 2, 3, 8, 1, 2, 3], 1)).toEqual([4])
  expect(await guess([5, 1, 2, 3, 4, 6, 1, 2, 3, 7, 8, 1, 2, 3], 1)).toEqual([7])
})

test('two guesses for each token of the run beyond its first, so none for a run of one', async () => {
  const text = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
  const lengths: number[] = []
  for (const run of [1, 2, 3, 4])
    lengths.push((await guess([...text, 0, ...text.slice(0, run)], 16)).length)
  expect(lengths).toEqual([0, 2, 4, 6])
})

test('nothing where nothing repeats', async () => {
  expect(await guess([1, 2, 3])).toEqual([])
  expect(await guess([1, 2, 1])).toEqual([])
  expect(await guess([1])).toEqual([])
})

test('a draft is a run of the text that stands after the longest that occurs before, by search', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(2), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      async (tokens, depth) => {
        const { tokens: drafted, parents } = await new NgramDrafter().draft(tokens, depth)
        expect(parents).toEqual(drafted.map((_, i) => i - 1))
        let expected: number[] = []
        for (let run = Math.min(16, tokens.length - 1); run >= 2 && expected.length === 0; run--) {
          const end = tokens.slice(-run).join(' ')
          for (let at = tokens.length - run - 1; at >= 0 && expected.length === 0; at--) {
            if (tokens.slice(at, at + run).join(' ') !== end) continue
            expected = tokens.slice(at + run, at + run + Math.min(depth, 2 * (run - 1)))
          }
        }
        expect(drafted).toEqual(expected)
      },
    ),
    { seed: 12, numRuns: 300 },
  )
})

test('all places of the longest run, the latest first', () => {
  expect(longestMatch([1, 1, 1, 2, 1, 1], [1, 1])).toEqual({ length: 2, places: [3, 2] })
  expect(longestMatch([1, 2, 3], [7, 2, 3])).toEqual({ length: 0, places: [] })
  expect(longestMatch([9, 2, 3, 4], [7, 2, 3])).toEqual({ length: 2, places: [3] })
})
