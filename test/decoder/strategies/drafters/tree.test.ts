import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type Branch,
  TreeDrafter,
  type TreeSource,
} from '../../../../decoder/strategies/drafters/tree.ts'
import { markovLogits } from '../../../support/markov-model.ts'
import { TableModel } from '../../../support/table-model.ts'

/** Knows ln p of each token after a path, the same at each step. */
class Fixed implements TreeSource {
  widths: number[] = []
  private readonly logprobs: (path: readonly number[]) => number[]

  constructor(logprobs: (path: readonly number[]) => number[]) {
    this.logprobs = logprobs
  }

  async begin() {
    return true
  }

  async children(branches: readonly Branch[], width: number) {
    this.widths.push(width)
    return branches.map(({ path }) =>
      this.logprobs(path)
        .map((logprob, id) => ({ id, logprob }))
        .sort((a, b) => b.logprob - a.logprob)
        .slice(0, width),
    )
  }

  dispose() {}
}

const cache = new TableModel(() => [0, 0]).createCache()

/** Tokens from the root to each node. */
function paths({ tokens, parents }: { tokens: readonly number[]; parents: readonly number[] }) {
  const all: number[][] = []
  for (const [node, token] of tokens.entries()) {
    all.push([...(parents[node]! < 0 ? [] : all[parents[node]!]!), token])
  }
  return all
}

test('each depth keeps the best by cumulative log-probability', async () => {
  const source = new Fixed(() => [0.5, 0.3, 0.2].map(Math.log))
  const drafter = new TreeDrafter(
    source,
    { widths: [3, 2], branches: 3, nodes: 64 },
    { endIds: [] },
  )
  const drafted = paths(await drafter.draft([9], 3, cache))
  expect(source.widths).toEqual([3, 2, 2])
  // 0.5 0.3 0.2; then 0.25, 0.15 and 0.15 of the six; then 0.125 and 0.075 of what they have.
  expect(drafted.slice(0, 6)).toEqual([[0], [1], [2], [0, 0], [0, 1], [1, 0]])
  expect(drafted.slice(6)).toEqual([
    [0, 0, 0],
    [0, 0, 1],
    [0, 1, 0],
  ])
})

test('nothing grows after an end, nor where nothing is possible', async () => {
  const source = new Fixed((path) =>
    path[0] === 1 ? [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY] : [-1, -2],
  )
  const drafter = new TreeDrafter(source, { widths: [2], branches: 5, nodes: 64 }, { endIds: [0] })
  expect(paths(await drafter.draft([9], 4, cache))).toEqual([[0], [1]])
})

test('a source that knows nothing: no draft', async () => {
  const source = new Fixed(() => [0])
  source.begin = async () => false
  const drafter = new TreeDrafter(source, { widths: [2], branches: 5, nodes: 64 }, { endIds: [] })
  expect((await drafter.draft([9], 4, cache)).tokens).toEqual([])
})

test('of the whole tree the likeliest nodes are left, whole paths all of them', async () => {
  const source = () => new Fixed(() => [0.6, 0.3, 0.1].map(Math.log))
  const draft = (nodes: number) =>
    new TreeDrafter(source(), { widths: [3], branches: 3, nodes }, { endIds: [] }).draft(
      [9],
      3,
      cache,
    )
  // 0.6, 0.36, 0.3, 0.216, then twice 0.18.
  expect(paths(await draft(4))).toEqual([[0], [1], [0, 0], [0, 0, 0]])
  expect(paths(await draft(6))).toEqual([[0], [1], [0, 0], [0, 1], [1, 0], [0, 0, 0]])
  for (const nodes of [1, 2, 3, 5, 7, 8]) expect((await draft(nodes)).tokens).toHaveLength(nodes)
})

test('any shape: within widths and branches, and no better node left out', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(500),
      async (widths, branches, depth, seed) => {
        const logits = markovLogits(4, seed, 3)
        const logprobs = (path: readonly number[]) => {
          const row = logits([1, ...path])
          const sum = row.reduce((total, x) => total + Math.exp(x), 0)
          return row.map((x) => x - Math.log(sum))
        }
        const drafter = new TreeDrafter(
          new Fixed(logprobs),
          { widths, branches, nodes: 64 },
          { endIds: [] },
        )
        const drafted = paths(await drafter.draft([1], depth, cache))
        // The same by enumeration.
        const score = (path: number[]) =>
          path.reduce((sum, id, i) => sum + logprobs(path.slice(0, i))[id]!, 0)
        let level: number[][] = [[]]
        for (let d = 0; d < depth; d++) {
          const width = widths[Math.min(d, widths.length - 1)]!
          level = level
            .flatMap((path) =>
              [0, 1, 2, 3]
                .map((id) => [...path, id])
                .sort((a, b) => score(b) - score(a))
                .slice(0, width),
            )
            .sort((a, b) => score(b) - score(a))
            .slice(0, branches)
          const got = drafted.filter((path) => path.length === d + 1)
          expect(got.map(String).sort()).toEqual(level.map(String).sort())
        }
      },
    ),
    { seed: 6, numRuns: 100 },
  )
})
