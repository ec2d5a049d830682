import { expect, test } from 'vitest'
import type { KVCache } from '../../../decoder/language-model.ts'
import { checkParents, treeStep } from '../../../runtimes/fallback/tree-step.ts'
import { TableModel } from '../../support/table-model.ts'

/** Its logits spell the whole past, so that a row tells which tokens it followed. */
const model = () => new TableModel((tokens) => [tokens.reduce((sum, id) => sum * 10 + id, 0)])
const run = (table: TableModel) => async (cache: KVCache, tokens: readonly number[]) =>
  (await table.forward([{ cache, tokens, rows: 'all' }]))[0]!

test('each node follows its own path, and each is computed once', async () => {
  const table = model()
  const cache = table.createCache()
  await table.forward([{ cache, tokens: [9] }])
  table.fed.length = 0
  //        1 ─ 3 ─ 5
  //   9 ─<   └ 4
  //        2 ─ 6
  const { rows, branches } = await treeStep(
    cache,
    [1, 2, 3, 4, 5, 6],
    [-1, -1, 0, 0, 2, 1],
    run(table),
  )
  expect(rows.map((row) => row[0])).toEqual([91, 92, 913, 914, 9135, 926])
  expect(table.fed.flat().toSorted()).toEqual([1, 2, 3, 4, 5, 6])
  expect(branches.map(({ path }) => path)).toEqual([
    [0, 3],
    [0, 2, 4],
    [1, 5],
  ])
  expect(branches.map((branch) => branch.cache.length)).toEqual([3, 4, 3])
  expect(cache.length).toBe(1)
})

test('a failed pass leaves no cache behind', async () => {
  const table = model()
  const cache = table.createCache()
  let passes = 0
  const failing = async (branch: KVCache, tokens: readonly number[]) => {
    if (++passes === 2) throw new Error('engine broke')
    return run(table)(branch, tokens)
  }
  await expect(treeStep(cache, [1, 2, 3], [-1, -1, 0], failing)).rejects.toThrow('engine broke')
  expect(table.caches).toBe(1)
})

test.each([
  [2, [-1], '2 tokens need as many parents, not 1'],
  [2, [-1, 1], 'parents[1] must be from -1 to 0, not 1'],
  [1, [-2], 'parents[0] must be from -1 to -1, not -2'],
  [2, [-1, 0.5], 'parents[1] must be from -1 to 0, not 0.5'],
])('%d tokens with parents %j are no tree', (count, parents, message) => {
  expect(() => checkParents(count, parents)).toThrow(new RangeError(message))
})
