import { describe, expect, test } from 'vitest'
import type { MultiTokenModel } from '../../../../decoder/index.ts'
import type { Branch } from '../../../../decoder/strategies/drafters/tree.ts'
import {
  HeadsSource,
  ModelSource,
  NgramSource,
} from '../../../../decoder/strategies/drafters/tree-sources.ts'
import { draftRules } from '../../../support/draft-rules.ts'
import { markovModel } from '../../../support/markov-model.ts'
import { certain, TableModel } from '../../../support/table-model.ts'

const root: Branch = { node: -1, parent: -1, path: [], logprob: 0 }
const branch = (node: number, parent: number, ...path: number[]): Branch => ({
  ...{ node, parent, path },
  logprob: 0,
})

describe('the text so far', () => {
  test('what followed the longest run is as likely as it is frequent', async () => {
    const source = new NgramSource()
    await source.begin([5, 1, 2, 5, 1, 3, 5, 1, 2, 0, 5, 1])
    // 5 1 was followed by 2 twice and by 3 once; 1 3 5 1 by 2 alone.
    const [next] = await source.children([root], 4)
    expect(next!.map(({ id }) => id)).toEqual([2, 3])
    expect(next![0]!.logprob).toBeCloseTo(Math.log(2 / 3), 12)
    expect(next![1]!.logprob).toBeCloseTo(Math.log(1 / 3), 12)
    const [longer] = await source.children([branch(2, 1, 3, 5, 1)], 4)
    expect(longer).toEqual([{ id: 2, logprob: 0 }])
    expect((await source.children([root], 1))[0]).toHaveLength(1)
  })

  test('what never occurred has no children', async () => {
    const source = new NgramSource()
    await source.begin([1, 2, 3])
    expect(await source.children([root, branch(0, -1, 7)], 2)).toEqual([[], []])
  })
})

describe('a draft model', () => {
  test('its likeliest tokens, all branches of a depth in one pass', async () => {
    const model = markovModel(6, 3, { eosIds: [] })
    const source = new ModelSource(model, draftRules())
    expect(await source.begin([1, 2], 3)).toBe(true)
    const [first] = await source.children([root], 2)
    model.fed.length = 0
    const [a, b] = first!.map(({ id }) => id)
    const next = await source.children([branch(0, -1, a!), branch(1, -1, b!)], 3)
    expect(model.fed).toEqual([[a], [b]])
    for (const [i, id] of [a!, b!].entries()) {
      const row = model.logitsAfter([1, 2, id])
      const sum = row.reduce((total, x) => total + Math.exp(x), 0)
      const best = row.map((x, token) => ({ token, x })).sort((p, q) => q.x - p.x)
      expect(next[i]!.map((child) => child.id)).toEqual(best.slice(0, 3).map(({ token }) => token))
      expect(next[i]![0]!.logprob).toBeCloseTo(best[0]!.x - Math.log(sum), 5)
    }
    source.dispose()
    expect(model.caches).toBe(0)
  })

  test('branches grow from their parents; a new tree frees the old one', async () => {
    const model = markovModel(6, 4, { eosIds: [] })
    const source = new ModelSource(model, draftRules())
    await source.begin([1, 2], 3)
    await source.children([root], 2)
    await source.children([branch(0, -1, 3), branch(1, -1, 4)], 2)
    const [row] = await source.children([branch(2, 1, 4, 5)], 1)
    const logits = model.logitsAfter([1, 2, 4, 5])
    expect(row![0]!.id).toBe(logits.indexOf(Math.max(...logits)))
    await source.begin([1, 2, 3], 3)
    expect(model.caches).toBe(1)
    source.dispose()
    expect(model.caches).toBe(0)
  })

  test('no room, no tree', async () => {
    const source = new ModelSource(markovModel(6, 3, { contextLength: 4 }), draftRules())
    expect(await source.begin([1, 2], 3)).toBe(false)
  })
})

test('the model’s own heads: the same children for all nodes of a depth, processed for each', async () => {
  class Headed extends TableModel implements MultiTokenModel {
    readonly heads = 2
    async headLogits() {
      return [certain(3, 6), certain(4, 6)].map((row) => Float32Array.from(row))
    }
  }
  const model = new Headed(() => certain(0, 6))
  const process = (logits: { [id: number]: number }, tokens: readonly number[]) => {
    if (tokens.includes(5)) logits[4] = Number.NEGATIVE_INFINITY
  }
  const source = new HeadsSource(model, draftRules({ process }))
  await source.begin([1, 2], 3, model.createCache())
  expect((await source.children([root], 1))[0]![0]!.id).toBe(3)
  const [plain, processed] = await source.children([branch(0, -1, 3), branch(1, -1, 5)], 1)
  expect(plain![0]!.id).toBe(4)
  expect(processed![0]!.id).not.toBe(4)
  // There are only two heads.
  expect(await source.children([branch(2, 0, 3, 4)], 1)).toEqual([[]])
})
