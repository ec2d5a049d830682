import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RequiredPhrases } from '../../../decoder/strategies/required-phrases.ts'
import { enumerate, sumLogprob } from '../../support/enumerate.ts'
import { search } from '../../support/search.ts'
import { TableModel } from '../../support/table-model.ts'

const logits = (tokens: readonly number[]) =>
  Array.from({ length: 5 }, (_, id) => Math.sin(tokens.at(-1)! * 5 + id * 3 + tokens.length) * 2)

const contains = (ids: readonly number[], phrase: readonly number[]) =>
  ids.some((_, at) => phrase.every((id, i) => ids[at + i] === id))

const run = (force_words_ids: number[][][], more = {}) => {
  const model = new TableModel(logits)
  return search(model, [1, 2], {
    num_beams: 4,
    num_return_sequences: 4,
    max_tokens: 8,
    force_words_ids,
    ...more,
  })
}

describe('answers', () => {
  const phrase = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })

  test('contain every phrase, in one spelling at least, and are scored as their tokens are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(phrase, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 }),
        fc.integer({ min: 6, max: 9 }),
        async (phrases, max_tokens) => {
          const { answers } = await run(phrases, { max_tokens })
          expect(answers.length).toBeGreaterThan(0)
          for (const { ids, score } of answers) {
            for (const spellings of phrases) {
              expect(spellings.some((spelling) => contains(ids, spelling))).toBe(true)
            }
            expect(score).toBeCloseTo(sumLogprob(logits, [1, 2], ids) / ids.length, 5)
          }
        },
      ),
      { numRuns: 150, seed: 9 },
    )
  })

  test('wide enough, the best there is of those that contain them', async () => {
    for (const phrase of [[4], [3, 3], [2, 4, 2]]) {
      const { answers } = await run([[phrase]], {
        num_beams: 200,
        max_tokens: 4,
        early_stopping: 'never',
      })
      const all = enumerate(logits, [1, 2], { eos: 0, depth: 4, lengthPenalty: 1 })
      const best = all.filter(({ ids }) => contains(ids, phrase)).slice(0, 4)
      expect(answers.map(({ ids }) => ids)).toEqual(best.map(({ ids }) => ids))
    }
  })

  test('phrases that overlap may share tokens', () => {
    const phrases = new RequiredPhrases([[[1, 2]], [[2, 3]]])
    let state = phrases.initial
    expect(phrases.missing(state)).toBe(4)
    for (const id of [1, 2, 3]) state = phrases.next(state, id)
    expect(phrases.missing(state)).toBe(0)
  })

  test('a phrase that begins within itself is not missed', () => {
    const phrases = new RequiredPhrases([[[1, 1, 2]]])
    let state = phrases.initial
    for (const id of [1, 1, 1, 2]) state = phrases.next(state, id)
    expect(state.met).toEqual([true])
  })
})

describe('refused by name', () => {
  test('more than the room there is', async () => {
    await expect(run([[[1, 2, 3]], [[4, 4]]], { max_tokens: 4 })).rejects.toMatchObject({
      param: 'force_words',
      message: expect.stringMatching(/5 tokens.* 4 /),
    })
  })

  test('what something else rules out', async () => {
    await expect(run([[[3]]], { suppress_tokens: [3] })).rejects.toMatchObject({
      param: 'force_words',
    })
  })
})
