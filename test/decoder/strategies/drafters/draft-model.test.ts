import { describe, expect, test } from 'vitest'
import { Random } from '../../../../decoder/numerics/random.ts'
import { DraftText, ModelDrafter } from '../../../../decoder/strategies/drafters/draft-model.ts'
import { draftRules } from '../../../support/draft-rules.ts'
import { certain, TableModel } from '../../../support/table-model.ts'

/** Always the next number, modulo 10. */
const counting = (config = {}) =>
  new TableModel((tokens) => certain((tokens.at(-1)! + 1) % 10, 10), { eosIds: [], ...config })

test('a chain of what the draft model finds likeliest', async () => {
  const drafter = new ModelDrafter(counting(), draftRules())
  const draft = await drafter.draft([3, 4], 3)
  expect(draft).toEqual({ tokens: [5, 6, 7], parents: [-1, 0, 1] })
})

test('nothing is guessed after an end', async () => {
  const drafter = new ModelDrafter(counting(), draftRules({ endIds: [6] }))
  expect((await drafter.draft([4], 4)).tokens).toEqual([5, 6])
})

test('processors hold for guesses, and see those before', async () => {
  const seen: string[] = []
  const process = (logits: { [id: number]: number }, tokens: readonly number[]) => {
    seen.push(tokens.join(' '))
    logits[6] = Number.NEGATIVE_INFINITY
  }
  const drafter = new ModelDrafter(counting(), draftRules({ process }))
  const { tokens } = await drafter.draft([4], 2)
  expect(tokens[0]).toBe(5)
  expect(tokens[1]).not.toBe(6)
  expect(seen).toEqual(['4', '4 5'])
})

test('draws come with the distribution they were drawn from', async () => {
  const model = new TableModel(() => [Math.log(0.2), Math.log(0.5), Math.log(0.3)])
  const rules = draftRules({
    greedy: false,
    random: new Random(4),
    warp: (logits) => {
      logits[2] = Number.NEGATIVE_INFINITY
    },
  })
  const counts = [0, 0, 0]
  for (let i = 0; i < 400; i++) {
    const { tokens, probabilities } = await new ModelDrafter(model, rules).draft([0], 2)
    expect(probabilities).toHaveLength(2)
    for (const row of probabilities!) {
      expect(row[0]).toBeCloseTo(2 / 7, 6)
      expect(row[1]).toBeCloseTo(5 / 7, 6)
      expect(row[2]).toBe(0)
    }
    for (const id of tokens) counts[id]!++
  }
  expect(counts[2]).toBe(0)
  expect(counts[1]! / 800).toBeCloseTo(5 / 7, 1)
})

describe('what the draft model has read', () => {
  test('is kept, and rolled back to what became of its guesses', async () => {
    const model = counting()
    const drafter = new ModelDrafter(model, draftRules())
    await drafter.draft([1, 2, 3], 3)
    // The guesses were 4 5 6, of which the last was never fed.
    expect(model.fed.flat()).toEqual([1, 2, 3, 4, 5])
    model.fed.length = 0
    await drafter.draft([1, 2, 3, 4, 9], 2)
    expect(model.fed.flat()).toEqual([9, 0])
    drafter.dispose()
    expect(model.caches).toBe(0)
  })

  test('a text that the draft model has no room for: no guesses', async () => {
    const model = counting({ contextLength: 6 })
    const drafter = new ModelDrafter(model, draftRules())
    expect((await drafter.draft([1, 2, 3, 4], 2)).tokens).toHaveLength(2)
    expect((await drafter.draft([1, 2, 3, 4], 3)).tokens).toEqual([])
    const text = new DraftText(model, undefined)
    expect(await text.read([1, 2, 3, 4, 5, 6], 1)).toBeNull()
  })

  test('an abort ends the reading', async () => {
    const drafter = new ModelDrafter(counting(), draftRules({ signal: AbortSignal.abort() }))
    expect((await drafter.draft([1, 2], 3)).tokens).toEqual([])
  })
})
