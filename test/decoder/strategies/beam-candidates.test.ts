import { describe, expect, test } from 'vitest'
import { Random } from '../../../decoder/numerics/random.ts'
import { sampleCandidates, topCandidates } from '../../../decoder/strategies/beam-candidates.ts'
import { search } from '../../support/search.ts'
import { TableModel } from '../../support/table-model.ts'

const beams = [
  { logprob: -1, scores: [-0.5, -2, Number.NEGATIVE_INFINITY] },
  { logprob: -0.5, scores: [-1, -1, -3] },
]

describe('the likeliest', () => {
  test('over all beams, ties by the lower beam and then the lower id', () => {
    expect(topCandidates(beams, 3)).toEqual([
      { beam: 0, id: 0, logprob: -1.5 },
      { beam: 1, id: 0, logprob: -1.5 },
      { beam: 1, id: 1, logprob: -1.5 },
    ])
    expect(topCandidates(beams, 1)).toEqual([{ beam: 0, id: 0, logprob: -1.5 }])
  })

  test('as many as are possible', () => {
    expect(topCandidates(beams, 100)).toHaveLength(5)
    expect(topCandidates([{ logprob: 0, scores: [Number.NEGATIVE_INFINITY] }], 3)).toEqual([])
  })
})

describe('drawn', () => {
  test('without replacement, sorted, and as many as are possible', () => {
    const drawn = sampleCandidates(beams, 100, new Random(3))
    expect(new Set(drawn.map(({ beam, id }) => `${beam},${id}`)).size).toBe(5)
    const values = drawn.map(({ logprob }) => logprob)
    expect(values).toEqual([...values].sort((a, b) => b - a))
    expect(
      sampleCandidates([{ logprob: 0, scores: [Number.NEGATIVE_INFINITY] }], 3, new Random(1)),
    ).toEqual([])
  })

  test('in proportion to e^logprob: pairs by chi-square at 0.1 %', () => {
    // p of the two drawn, in either order: p(a) p(b) / (1 - p(a)) + p(b) p(a) / (1 - p(b)).
    const p = [0.4, 0.3, 0.2, 0.1]
    const rows = [0, 1].map((beam) => ({
      logprob: Math.log(beam === 0 ? 0.7 : 0.3),
      scores: (beam === 0 ? [0.4 / 0.7, 0.3 / 0.7] : [0.2 / 0.3, 0.1 / 0.3]).map(Math.log),
    }))
    const random = new Random(5)
    const counts = new Map<string, number>()
    const draws = 5000
    for (let i = 0; i < draws; i++) {
      const key = sampleCandidates(rows, 2, random)
        .map(({ beam, id }) => beam * 2 + id)
        .sort()
        .join()
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
    let chiSquare = 0
    for (let a = 0; a < 4; a++) {
      for (let b = a + 1; b < 4; b++) {
        const expected = draws * p[a]! * p[b]! * (1 / (1 - p[a]!) + 1 / (1 - p[b]!))
        chiSquare += ((counts.get(`${a},${b}`) ?? 0) - expected) ** 2 / expected
      }
    }
    expect(chiSquare).toBeLessThan(20.5) // 5 degrees of freedom
  })

  test('a search has the same answers for the same seed, others for another, and follows the warpers', async () => {
    const model = () =>
      new TableModel(
        (tokens) => [0, 1, 2, 3, 4, 5].map((id) => Math.sin(tokens.at(-1)! + id * 2)),
        {
          eosIds: [],
        },
      )
    const run = async (seed: number, more = {}) => {
      const input = { num_beams: 3, do_sample: true, max_tokens: 10, seed, ...more }
      return (await search(model(), [1], input)).answers[0]!.ids
    }
    expect(await run(4)).toEqual(await run(4))
    expect(await run(4)).not.toEqual(await run(5))
    expect(await run(4, { top_k: 1 })).toEqual(await run(5, { top_k: 1 }))
  })
})
