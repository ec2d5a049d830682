import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NgramDrafter, occurrences } from '../../../../decoder/strategies/drafters/ngram.ts'

const guess = async (tokens: number[], depth = 4) =>
  (await new NgramDrafter().draft(tokens, depth)).tokens

test('what followed the last tokens before follows them again', async () => {
  expect(await guess([1, 2, 3, 4, 5, 1, 2, 3])).toEqual([4, 5, 1, 2])
  expect(await guess([1, 2, 3, 4, 5, 1, 2, 3], 2)).toEqual([4, 5])
  expect(await guess([7, 7])).toEqual([7])
})

test('the longest run counts, three tokens at most; of equals the latest', async () => {
  // 2 3 was followed by 8 the last time, but 1 2 3 by 4.
  expect(await guess([1, 2, 3, 4, 9, 2, 3, 8, 1, 2, 3], 1)).toEqual([4])
  expect(await guess([5, 1, 2, 3, 4, 6, 1, 2, 3, 7, 5, 1, 2, 3], 1)).toEqual([7])
  expect(await guess([3, 4, 3, 5, 3], 1)).toEqual([5])
})

test('nothing where nothing repeats', async () => {
  expect(await guess([1, 2, 3])).toEqual([])
  expect(await guess([1])).toEqual([])
})

test('a draft is always a run of the text that stands after the same token', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(3), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 8 }),
      async (tokens, depth) => {
        const { tokens: drafted, parents } = await new NgramDrafter().draft(tokens, depth)
        expect(drafted.length).toBeLessThanOrEqual(depth)
        expect(parents).toEqual(drafted.map((_, i) => i - 1))
        const text = ` ${tokens.join(' ')} `
        const run = ` ${[tokens.at(-1)!, ...drafted].join(' ')} `
        expect(text).toContain(run)
        // Found whenever the last token occurs before.
        expect(drafted.length > 0).toBe(tokens.slice(0, -1).includes(tokens.at(-1)!))
      },
    ),
    { seed: 12, numRuns: 200 },
  )
})

test('occurrences, the latest first, each with a token after it', () => {
  expect([...occurrences([1, 1, 1, 2, 1, 1], [1, 1])]).toEqual([1, 0])
  expect([...occurrences([1, 2], [1, 2])]).toEqual([])
})
