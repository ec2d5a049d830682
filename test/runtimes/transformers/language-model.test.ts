import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LanguageModel } from '../../../decoder/language-model.ts'
import { resolveModel } from '../../../runtimes/model-source.ts'
import { loadModel } from '../../../runtimes/transformers/node.ts'
import { RUNNING_MEAN, runningMeanLogits } from '../../support/running-mean.ts'

let model: LanguageModel
beforeAll(async () => {
  const loaded = await loadModel(resolveModel(RUNNING_MEAN), { maxBytes: 1e6 })
  model = loaded.model
})
afterAll(() => model.dispose())

function expectRow(row: Float32Array | undefined, tokens: number[]) {
  const expected = runningMeanLogits(tokens)
  expect(row).toHaveLength(expected.length)
  for (const [id, value] of expected.entries()) expect(row![id]).toBeCloseTo(value, 4)
}

const last = async (cache: ReturnType<LanguageModel['createCache']>, tokens: number[]) =>
  (await model.forward([{ cache, tokens }]))[0]![0]

describe('forward', () => {
  test('gives the last position’s row, or all', async () => {
    const cache = model.createCache()
    const [rows] = await model.forward([{ cache, tokens: [5, 6, 7], rows: 'all' }])
    expect(rows).toHaveLength(3)
    expectRow(rows![0], [5])
    expectRow(rows![1], [5, 6])
    expectRow(rows![2], [5, 6, 7])
    expectRow(await last(cache, [8]), [5, 6, 7, 8])
    expect(cache.length).toBe(4)
    expect(cache.bytes).toBe(2 * 4 * 8 * 4)
  })

  test('runs several steps, each on its own cache', async () => {
    const [a, b] = [model.createCache(), model.createCache()]
    const rows = await model.forward([
      { cache: a, tokens: [5, 6] },
      { cache: b, tokens: [9], rows: 'all' },
      { cache: a, tokens: [7] },
    ])
    expect(rows.map((step) => step.length)).toEqual([1, 1, 1])
    expectRow(rows[0]![0], [5, 6])
    expectRow(rows[1]![0], [9])
    expectRow(rows[2]![0], [5, 6, 7])
  })

  test('takes calls that come at once in turn', async () => {
    const caches = Array.from({ length: 5 }, () => model.createCache())
    const rows = await Promise.all(caches.map((cache, index) => last(cache, [index + 3, 20])))
    for (const [index, row] of rows.entries()) expectRow(row, [index + 3, 20])
  })

  test('gives rows that the caller may change', async () => {
    const cache = model.createCache()
    const [rows] = await model.forward([{ cache, tokens: [5, 6], rows: 'all' }])
    rows![0]!.fill(0)
    expectRow(rows![1], [5, 6])
  })

  test.each([
    ['no token', []],
    ['an id outside the vocabulary', [5, 9999]],
    ['a negative id', [-1]],
    ['half an id', [1.5]],
    ['more than the context holds', new Array(49).fill(5)],
  ])('refuses %s before anything changes', async (_, tokens) => {
    const [good, bad] = [model.createCache(), model.createCache()]
    const steps = [
      { cache: good, tokens: [5] },
      { cache: bad, tokens },
    ]
    await expect(model.forward(steps)).rejects.toThrow(RangeError)
    expect([good.length, bad.length]).toEqual([0, 0])
  })

  test('fills the context to its last position', async () => {
    const cache = model.createCache()
    const tokens = Array.from({ length: 48 }, (_, index) => 3 + index)
    expectRow(await last(cache, tokens), tokens)
    await expect(last(cache, [5])).rejects.toThrow('49 tokens are more than the context of 48')
    expect(cache.length).toBe(48)
  })
})

describe('a cache', () => {
  test('forks: neither side notices the other', async () => {
    const cache = model.createCache()
    await last(cache, [5, 6])
    const fork = cache.fork()
    expectRow(await last(cache, [7]), [5, 6, 7])
    expectRow(await last(fork, [8, 9]), [5, 6, 8, 9])
    fork.truncate(1)
    expectRow(await last(cache, [10]), [5, 6, 7, 10])
    expectRow(await last(fork, [11]), [5, 11])
    fork.dispose()
    expectRow(await last(cache, [12]), [5, 6, 7, 10, 12])
  })

  test('rolls back to any length', async () => {
    const tokens = [5, 6, 7, 8, 9]
    for (let length = 0; length <= tokens.length; length++) {
      const cache = model.createCache()
      await last(cache, tokens)
      cache.truncate(length)
      expect(cache.length).toBe(length)
      expectRow(await last(cache, [30]), [...tokens.slice(0, length), 30])
    }
  })

  test.each([-1, 4, 1.5, Number.NaN])('can’t be truncated to %d of 3 tokens', async (length) => {
    const cache = model.createCache()
    await last(cache, [5, 6, 7])
    expect(() => cache.truncate(length)).toThrow(RangeError)
    expect(cache.length).toBe(3)
  })

  test('keeps the beginning of a plain step', async () => {
    const cache = model.createCache()
    await last(cache, [5, 6])
    await last(cache, [7, 8, 9])
    cache.keep([0, 1])
    expect(cache.length).toBe(4)
    expectRow(await last(cache, [10]), [5, 6, 7, 8, 10])
    expect(() => cache.keep([1])).toThrow(RangeError)
  })
})

describe('a tree step', () => {
  const tokens = [10, 11, 12, 13, 14]
  //    10 ─ 12 ─ 14
  //  <    └ 13
  //    11
  const parents = [-1, -1, 0, 0, 2]
  const paths = [[10], [11], [10, 12], [10, 13], [10, 12, 14]]

  test('gives each node the row of its own path', async () => {
    const cache = model.createCache()
    await last(cache, [5, 6])
    const [rows] = await model.forward([{ cache, tokens, parents, rows: 'all' }])
    for (const [node, path] of paths.entries()) expectRow(rows![node], [5, 6, ...path])
    expect(cache.length).toBe(7)
  })

  test.each([[[]], [[0]], [[1]], [[0, 2]], [[0, 3]], [[0, 2, 4]]])(
    'goes on from the path %j',
    async (path) => {
      const cache = model.createCache()
      await last(cache, [5, 6])
      await model.forward([{ cache, tokens, parents }])
      cache.keep(path)
      expect(cache.length).toBe(2 + path.length)
      expectRow(await last(cache, [20]), [5, 6, ...path.map((node) => tokens[node]!), 20])
    },
  )

  test('can be dropped whole', async () => {
    const cache = model.createCache()
    await last(cache, [5, 6])
    await model.forward([{ cache, tokens, parents }])
    cache.truncate(2)
    expectRow(await last(cache, [20]), [5, 6, 20])
  })

  test('takes only its own paths', async () => {
    const cache = model.createCache()
    await last(cache, [5])
    await model.forward([{ cache, tokens, parents }])
    for (const path of [[2], [1, 2], [0, 4], [9]]) {
      expect(() => cache.keep(path)).toThrow(RangeError)
    }
    expect(() => cache.truncate(3)).toThrow(RangeError)
    await expect(last(cache, [20])).rejects.toThrow('`keep` must choose')
    cache.keep([0])
    expectRow(await last(cache, [20]), [5, 10, 20])
  })

  test('that is a chain is a plain step', async () => {
    const cache = model.createCache()
    const [rows] = await model.forward([{ cache, tokens: [5, 6], parents: [-1, 0], rows: 'all' }])
    expectRow(rows![1], [5, 6])
    expectRow(await last(cache, [7]), [5, 6, 7])
  })
})
