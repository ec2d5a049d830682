import { describe, expect, test } from 'vitest'
import type { GenerationInput } from '../../../decoder/index.ts'
import fixture from '../../fixtures/beam-search-transformers.json' with { type: 'json' }
import { search } from '../../support/search.ts'
import { TableModel } from '../../support/table-model.ts'

interface Case {
  table: number
  prompt: number[]
  eos: number[]
  options: { max_new_tokens: number; min_new_tokens?: number } & GenerationInput
  expected: { ids: number[]; score: number }[]
}

/** Hugging Face's names as ours, where they differ. */
function inputOf({ max_new_tokens, min_new_tokens, ...rest }: Case['options']): GenerationInput {
  return { ...rest, max_tokens: max_new_tokens, min_tokens: min_new_tokens }
}

const cases = (list: unknown[]) =>
  (list as Case[]).map((entry) => [JSON.stringify(entry.options), entry] as const)

describe.each(['plain', 'groups'] as const)('transformers’ generate(): %s', (kind) => {
  test.each(cases(fixture[kind]))('%s', async (_, entry) => {
    const { table, prompt, eos, options } = entry
    // Its groups may return the same answer twice; ours don't.
    const expected = entry.expected.filter(
      ({ ids }, i) => entry.expected.findIndex((other) => other.ids.join() === ids.join()) === i,
    )
    const { last, before } = fixture.tables[table]!
    const model = new TableModel(
      (tokens) => {
        const earlier = before[tokens.at(-2) ?? -1]
        return last[tokens.at(-1)!]!.map((x, id) => x + (earlier?.[id] ?? 0))
      },
      { eosIds: eos },
    )
    const { answers } = await search(model, prompt, inputOf(options))
    expect(answers.map(({ ids }) => ids)).toEqual(expected.map(({ ids }) => ids))
    for (const [i, { score }] of expected.entries()) expect(answers[i]!.score).toBeCloseTo(score, 4)
    expect(model.caches).toBe(0)
  })
})
