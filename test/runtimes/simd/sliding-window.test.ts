import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ForwardStep, KVCache, SlidingWindow } from '../../../decoder/index.ts'
import type { SimdLanguageModel } from '../../../runtimes/simd/language-model.ts'
import { loadRandomLlama } from '../../support/loaded-llama.ts'
import { type RandomLlamaShape, randomLlama } from '../../support/random-llama.ts'
import { referenceLogits } from '../../support/reference-llama.ts'

const CONTEXT = 128
const PAGE = 16

/** Any tokens, the same each time. */
const tokensOf = (count: number) => Array.from({ length: count }, (_, i) => (i * i * 7 + i) % 50)

const forward = async (model: SimdLanguageModel, step: ForwardStep) =>
  (await model.forward([step]))[0]!

/** Feeds in steps of these sizes, over and over. @returns all rows */
async function feed(
  model: SimdLanguageModel,
  cache: KVCache,
  tokens: readonly number[],
  sizes: readonly number[],
): Promise<Float32Array[]> {
  const rows: Float32Array[] = []
  for (let i = 0; rows.length < tokens.length; i++) {
    const size = sizes[i % sizes.length]!
    const some = tokens.slice(rows.length, rows.length + size)
    rows.push(...(await forward(model, { cache, tokens: some, rows: 'all' })))
  }
  return rows
}

/** Largest difference of a logit as a part of the logits' spread. */
function relativeError(actual: Float32Array[], expected: number[][]): number {
  const spread = Math.max(...expected.flat()) - Math.min(...expected.flat())
  return Math.max(
    ...expected.flatMap((row, t) =>
      row.map((value, id) => Math.abs(value - actual[t]![id]!) / spread),
    ),
  )
}

describe('logits against a float64 pass that keeps the same tokens', () => {
  const float: Partial<RandomLlamaShape> = { kinds: [['', 'F32']] }
  test.each<[string, SlidingWindow, Partial<RandomLlamaShape>]>([
    ['4 sinks', { sinks: 4, window: 20 }, float],
    ['no sinks', { sinks: 0, window: 24 }, float],
    ['a page of sinks', { sinks: 16, window: 16 }, float],
    ['more than a page of sinks', { sinks: 19, window: 13 }, float],
    ['a window of one token', { sinks: 3, window: 1 }, float],
    ['no gap yet', { sinks: 8, window: 120 }, float],
    ['stretched positions', { sinks: 4, window: 20 }, { ...float, ropeFactor: 4 }],
    ['heads of 10, not a multiple of 4', { sinks: 4, window: 20 }, { ...float, headDim: 10 }],
    ['as many key-value heads as heads', { sinks: 5, window: 17 }, { ...float, kvHeads: 4 }],
  ])('%s', async (_, window, shape) => {
    const { model } = await loadRandomLlama(shape)
    const tokens = tokensOf(90)
    const cache = model.createSlidingCache(window)
    const rows = await feed(model, cache, tokens, [9])
    const expected = referenceLogits(randomLlama(shape), tokens, window)
    expect(relativeError(rows, expected)).toBeLessThan(3e-6)
  })

  test('int8 matrices', async () => {
    const { model } = await loadRandomLlama()
    const window = { sinks: 4, window: 28 }
    const cache = model.createSlidingCache(window)
    const rows = await feed(model, cache, tokensOf(90), [90])
    const expected = referenceLogits(randomLlama(), tokensOf(90), window)
    expect(relativeError(rows, expected)).toBeLessThan(5e-4)
  })
})

describe('a text far longer than the context', () => {
  const WINDOW = { sinks: 4, window: 60 }
  const tokens = tokensOf(2000)
  let model: SimdLanguageModel
  let whole: Float32Array[]

  beforeAll(async () => {
    model = (await loadRandomLlama({ contextLength: CONTEXT })).model
    const cache = model.createSlidingCache(WINDOW)
    whole = await feed(model, cache, tokens, [1])
    cache.dispose()
  })

  test('holds no more than its sinks, its window and the last step', async () => {
    const cache = model.createSlidingCache(WINDOW)
    let most = 0
    for (let at = 0; at < tokens.length; at += 10) {
      await forward(model, { cache, tokens: tokens.slice(at, at + 10) })
      expect(cache.length).toBe(at + 10)
      expect(cache.bytes / model.pagesHeld).toBe(model.sequenceBytes / (CONTEXT / PAGE))
      most = Math.max(most, model.pagesHeld)
    }
    // A page of sinks, and 59 + 10 tokens that begin anywhere in a page.
    expect(most).toBe(1 + 6)
    cache.dispose()
    expect(model.pagesHeld).toBe(0)
  })

  test('has the same bits however it is fed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: CONTEXT }), { minLength: 1, maxLength: 8 }),
        async (sizes) => {
          const cache = model.createSlidingCache(WINDOW)
          const rows = await feed(model, cache, tokens.slice(0, 400), sizes)
          cache.dispose()
          expect(rows).toEqual(whole.slice(0, 400))
        },
      ),
      { seed: 31, numRuns: 8 },
    )
  })

  test('depends on nothing but what it sees: one layer forgets what the window has passed', async () => {
    const { model: shallow } = await loadRandomLlama({ layers: 1 })
    const last = async (text: readonly number[]) =>
      (await feed(shallow, shallow.createSlidingCache({ sinks: 4, window: 32 }), text, [7])).at(-1)!
    const text = tokensOf(100)
    const changed = (at: number) => text.map((id, index) => (index === at ? (id + 1) % 50 : id))
    const expected = await last(text)
    expect(await last(changed(4))).toEqual(expected)
    expect(await last(changed(67))).toEqual(expected)
    expect(await last(changed(68))).not.toEqual(expected)
    expect(await last(changed(3))).not.toEqual(expected)
  })

  test('beside other sequences in one pass, which are as they would be alone', async () => {
    const sliding = model.createSlidingCache(WINDOW)
    await feed(model, sliding, tokens.slice(0, 200), [50])
    const plain = model.createCache()
    const rows = await model.forward([
      { cache: plain, tokens: tokens.slice(0, 30), rows: 'all' },
      { cache: sliding, tokens: tokens.slice(200, 220), rows: 'all' },
    ])
    const alone = model.createCache()
    const step: ForwardStep = { cache: alone, tokens: tokens.slice(0, 30), rows: 'all' }
    expect(rows).toEqual([await forward(model, step), whole.slice(200, 220)])
    for (const cache of [sliding, plain, alone]) cache.dispose()
    expect(model.pagesHeld).toBe(0)
  })

  test('forks go their own ways, and give all back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), async (at) => {
        const cache = model.createSlidingCache(WINDOW)
        await feed(model, cache, tokens.slice(0, at), [37])
        const fork = cache.fork()
        await feed(model, fork, tokensOf(90).reverse(), [4])
        fork.dispose()
        const rows = await feed(model, cache, tokens.slice(at, at + 90), [11])
        expect(rows).toEqual(whole.slice(at, at + 90))
        cache.dispose()
        expect(model.pagesHeld).toBe(0)
      }),
      { seed: 5, numRuns: 10 },
    )
  })

  test('rolls back within the last step, or to its sinks', async () => {
    const cache = model.createSlidingCache(WINDOW)
    await feed(model, cache, tokens.slice(0, 300), [30])
    expect(() => cache.truncate(301)).toThrow(RangeError)
    expect(() => cache.truncate(200)).toThrow(RangeError)
    expect(cache.length).toBe(300)
    for (const back of [290, 270]) {
      cache.truncate(back)
      const [row] = await forward(model, { cache: cache.fork(), tokens: [tokens[back]!] })
      expect(row).toEqual(whole[back])
    }
    expect(await feed(model, cache, tokens.slice(270, 280), [10])).toEqual(whole.slice(270, 280))
    cache.keep([0, 1, 2])
    expect(cache.length).toBe(273)
    expect(() => cache.keep([1])).toThrow(RangeError)
    cache.truncate(3)
    expect(await feed(model, cache, tokens.slice(3, 150), [50])).toEqual(whole.slice(3, 150))
  })
})

describe('refusals', () => {
  test('windows that the context has no room for', async () => {
    const { model } = await loadRandomLlama({ contextLength: CONTEXT })
    for (const shape of [
      { sinks: 4, window: 125 },
      { sinks: -1, window: 8 },
      { sinks: 0, window: 0 },
      { sinks: 1.5, window: 8 },
      { sinks: 4, window: Number.NaN },
    ]) {
      expect(() => model.createSlidingCache(shape)).toThrow(
        expect.objectContaining({ code: 'invalid_value', param: 'sliding_window' }),
      )
    }
    expect(model.createSlidingCache({ sinks: 4, window: 124 }).length).toBe(0)
  })

  test('trees, steps longer than the context, and a cache that was disposed of', async () => {
    const { model } = await loadRandomLlama({ contextLength: CONTEXT })
    const cache = model.createSlidingCache({ sinks: 2, window: 8 })
    await expect(
      forward(model, { cache, tokens: [1, 2, 3], parents: [-1, 0, 0] }),
    ).rejects.toMatchObject({ code: 'unsupported_value', param: 'sliding_window' })
    await expect(forward(model, { cache, tokens: tokensOf(CONTEXT + 1) })).rejects.toThrow(
      RangeError,
    )
    expect(cache.length).toBe(0)
    const chain = await forward(model, { cache, tokens: [1, 2], parents: [-1, 0], rows: 'all' })
    expect(chain).toHaveLength(2)
    cache.dispose()
    await expect(forward(model, { cache, tokens: [1] })).rejects.toThrow('disposed')
    expect(model.pagesHeld).toBe(0)
  })
})
