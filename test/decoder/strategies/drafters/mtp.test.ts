import { expect, test } from 'vitest'
import type { MultiTokenModel } from '../../../../decoder/index.ts'
import { HeadsDrafter, hasHeads } from '../../../../decoder/strategies/drafters/mtp.ts'
import { draftRules } from '../../../support/draft-rules.ts'
import { HeadedModel } from '../../../support/markov-model.ts'
import { certain, TableModel } from '../../../support/table-model.ts'

/** Heads that always say these tokens. */
class Saying extends TableModel implements MultiTokenModel {
  readonly heads: number
  private readonly said: readonly number[]

  constructor(...said: number[]) {
    super(() => certain(0, 10))
    this.heads = said.length
    this.said = said
  }

  async headLogits(): Promise<Float32Array[]> {
    return this.said.map((id) => Float32Array.from(certain(id, 10)))
  }
}

test('each head guesses the token at its distance', async () => {
  const model = new Saying(4, 5, 6)
  const cache = model.createCache()
  const drafter = new HeadsDrafter(model, draftRules())
  expect(await drafter.draft([1, 2], 8, cache)).toEqual({ tokens: [4, 5, 6], parents: [-1, 0, 1] })
  expect((await drafter.draft([1, 2], 2, cache)).tokens).toEqual([4, 5])
})

test('processors hold, ends end, draws have their distribution', async () => {
  const model = new Saying(4, 5, 6)
  const cache = model.createCache()
  const no4 = (logits: { [id: number]: number }) => {
    logits[4] = -99
  }
  const processed = await new HeadsDrafter(model, draftRules({ process: no4 })).draft([1], 1, cache)
  expect(processed.tokens[0]).not.toBe(4)
  const ended = await new HeadsDrafter(model, draftRules({ endIds: [5] })).draft([1], 3, cache)
  expect(ended.tokens).toEqual([4, 5])
  const drawn = await new HeadsDrafter(model, draftRules({ greedy: false })).draft([1], 3, cache)
  expect(drawn.probabilities).toHaveLength(drawn.tokens.length)
  for (const row of drawn.probabilities!) {
    expect(row.reduce((sum, p) => sum + p)).toBeCloseTo(1, 9)
  }
})

test('which models have heads', () => {
  expect(hasHeads(new TableModel(() => [0, 0]))).toBe(false)
  expect(hasHeads(new HeadedModel(4, 1))).toBe(true)
  expect(hasHeads(new Saying())).toBe(false)
})
