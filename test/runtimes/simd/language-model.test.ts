import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { ForwardStep, KVCache } from '../../../decoder/index.ts'
import { noStore } from '../../../runtimes/files/part-store.ts'
import { resolveModel } from '../../../runtimes/model-source.ts'
import type { SimdLanguageModel } from '../../../runtimes/simd/language-model.ts'
import { loadGguf } from '../../../runtimes/simd/load-gguf.ts'
import { loadModel } from '../../../runtimes/simd/node.ts'
import { compileEngine } from '../../../scripts/lib/engine.ts'
import reference from '../../fixtures/reference-logits.json' with { type: 'json' }
import { type RandomLlama, randomLlama } from '../../support/random-llama.ts'
import { referenceLogits } from '../../support/reference-llama.ts'

const KERNELS = new URL('../../../dist/engine/kernels.wasm', import.meta.url)
const DEFAULT = new URL('../../../model/edgewise-chat/', import.meta.url).href

beforeAll(compileEngine)

/** Loads bytes as a folder's model.gguf. */
async function load(
  file: Uint8Array<ArrayBuffer>,
  maxMemory = 64 * 2 ** 20,
): Promise<SimdLanguageModel> {
  const { model } = await loadGguf(
    { id: 'tiny', base: 'https://models.test/tiny/' },
    { maxBytes: 1e8, maxMemory },
    {
      fetch: async (input) =>
        String(input).endsWith('model.gguf')
          ? new Response(file)
          : new Response(null, { status: 404 }),
      store: noStore,
      engine: async () => new WebAssembly.Module(readFileSync(KERNELS)),
    },
  )
  return model as SimdLanguageModel
}

const forward = async (model: SimdLanguageModel, step: ForwardStep) =>
  (await model.forward([step]))[0]!

/** Largest difference of a logit as a part of the logits' spread. */
function relativeError(actual: Float32Array[], expected: number[][]): number {
  const spread = Math.max(...expected.flat()) - Math.min(...expected.flat())
  return Math.max(
    ...expected.flatMap((row, t) =>
      row.map((value, id) => Math.abs(value - actual[t]![id]!) / spread),
    ),
  )
}

const TOKENS = [3, 14, 15, 9, 26, 5, 35, 8, 9, 7, 9, 3, 23, 8, 46, 2, 6, 43, 38, 32]

describe('logits against a float64 pass over the same weights', () => {
  // Int8 matrices meet activations of 14 bits; float ones lose only single precision's rounding.
  test.each<[string, Parameters<typeof randomLlama>[0], number]>([
    ['Q8_0', { kinds: [['', 'Q8_0']] }, 5e-4],
    ['Q4_0', { kinds: [['', 'Q4_0']] }, 5e-4],
    ['F32', { kinds: [['', 'F32']] }, 2e-6],
    ['F16', { kinds: [['', 'F16']] }, 2e-6],
    [
      'mixed types',
      {
        kinds: [
          ['attn_q', 'F16'],
          ['ffn', 'Q4_0'],
          ['attn', 'F32'],
          ['', 'Q8_0'],
        ],
      },
      5e-4,
    ],
    ['a separate output', { tied: false }, 5e-4],
    ['stretched positions', { ropeFactor: 4 }, 5e-4],
    ['one key-value head', { kvHeads: 1 }, 5e-4],
    ['as many key-value heads as query heads', { kvHeads: 4 }, 5e-4],
    ['heads of 8', { headDim: 8, heads: 8 }, 5e-4],
    ['heads of 10, not a multiple of 4', { headDim: 10, kinds: [['', 'F32']] }, 2e-6],
    ['heads of 64', { headDim: 64, heads: 2, kvHeads: 1 }, 5e-4],
    [
      'widths that are not whole blocks',
      { width: 40, ffn: 52, vocab: 47, kinds: [['', 'F32']] },
      2e-6,
    ],
  ])('%s', async (_, shape, tolerance) => {
    const llama = randomLlama(shape)
    const model = await load(llama.file)
    const rows = await forward(model, { cache: model.createCache(), tokens: TOKENS, rows: 'all' })
    expect(relativeError(rows, referenceLogits(llama, TOKENS))).toBeLessThan(tolerance)
  })

  test('the default model against NumPy, and the same greedy tokens', async () => {
    const { model } = await loadModel(resolveModel(DEFAULT), { maxBytes: 1e8 })
    for (const { prompt, logits, greedy } of reference) {
      const cache = model.createCache()
      let [row] = (await model.forward([{ cache, tokens: prompt }]))[0]!
      for (const { id, value } of logits) expect(Math.abs(row![id]! - value)).toBeLessThan(0.01)
      for (const expected of greedy) {
        const id = row!.indexOf(Math.max(...row!))
        expect(id).toBe(expected)
        row = (await model.forward([{ cache, tokens: [id] }]))[0]![0]
      }
    }
  })
})

describe('the same bits however tokens are fed', () => {
  let llama: RandomLlama
  let model: SimdLanguageModel
  let whole: Float32Array[]

  beforeAll(async () => {
    llama = randomLlama({ contextLength: 256 })
    model = await load(llama.file)
    whole = await forward(model, { cache: model.createCache(), tokens: TOKENS, rows: 'all' })
  })

  test('one by one, and in any passes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
        async (sizes) => {
          const cache = model.createCache()
          const rows: Float32Array[] = []
          for (let i = 0; rows.length < TOKENS.length; i++) {
            const tokens = TOKENS.slice(rows.length, rows.length + sizes[i % sizes.length]!)
            rows.push(...(await forward(model, { cache, tokens, rows: 'all' })))
          }
          cache.dispose()
          expect(rows).toEqual(whole)
        },
      ),
      { seed: 12, numRuns: 20 },
    )
  })

  test('beside other sequences in one pass', async () => {
    const caches = [model.createCache(), model.createCache(), model.createCache()]
    const [a, b, c] = await model.forward([
      { cache: caches[0]!, tokens: [1, 2, 3] },
      { cache: caches[1]!, tokens: TOKENS, rows: 'all' },
      { cache: caches[2]!, tokens: TOKENS.slice(0, 5) },
    ])
    expect(b).toEqual(whole)
    expect(c).toEqual([whole[4]])
    expect(a).toEqual(await forward(model, { cache: model.createCache(), tokens: [1, 2, 3] }))
  })

  test('more tokens than one pass holds', async () => {
    const long = Array.from({ length: 200 }, (_, i) => (i * 7) % 50)
    const rows = await forward(model, { cache: model.createCache(), tokens: long, rows: 'all' })
    const cache = model.createCache()
    for (const [i, token] of long.entries()) {
      expect((await forward(model, { cache, tokens: [token] }))[0]).toEqual(rows[i])
    }
  })

  test('a fork goes on without its origin noticing, and both as if fed alone', async () => {
    const origin = model.createCache()
    await model.forward([{ cache: origin, tokens: TOKENS.slice(0, 9) }])
    const fork = origin.fork()
    await model.forward([{ cache: fork, tokens: [40, 41, 42] }])
    expect(await forward(model, { cache: origin, tokens: TOKENS.slice(9), rows: 'all' })).toEqual(
      whole.slice(9),
    )
    fork.truncate(9)
    expect(await forward(model, { cache: fork, tokens: TOKENS.slice(9), rows: 'all' })).toEqual(
      whole.slice(9),
    )
  })

  test('a tree: every token sees its ancestors alone', async () => {
    // Two branches that share their first token; the second is TOKENS' own continuation.
    const cache = model.createCache()
    await model.forward([{ cache, tokens: TOKENS.slice(0, 6) }])
    const tokens = [TOKENS[6]!, 33, TOKENS[7]!, 44, TOKENS[8]!]
    const rows = await forward(model, { cache, tokens, parents: [-1, 0, 0, 1, 2], rows: 'all' })
    expect([rows[0], rows[2], rows[4]]).toEqual([whole[6], whole[7], whole[8]])
    expect(() => cache.fork()).toThrow(/keep/)
    cache.keep([0, 2, 4])
    expect(cache.length).toBe(9)
    expect(await forward(model, { cache, tokens: TOKENS.slice(9), rows: 'all' })).toEqual(
      whole.slice(9),
    )
  })

  test('random trees keep any path', async () => {
    const tree = fc
      .array(fc.nat(), { minLength: 1, maxLength: 12 })
      .map((draws) => draws.map((draw, index) => (draw % (index + 1)) - 1))
    await fc.assert(
      fc.asyncProperty(tree, fc.nat(), async (parents, pick) => {
        const cache = model.createCache()
        await model.forward([{ cache, tokens: TOKENS.slice(0, 13) }])
        const tokens = parents.map((_, i) => (i * 11 + 5) % 50)
        const rows = await forward(model, { cache, tokens, parents, rows: 'all' })
        const path: number[] = []
        for (let node = pick % parents.length; node >= 0; node = parents[node]!) path.unshift(node)
        const plain = model.createCache()
        const along = [...TOKENS.slice(0, 13), ...path.map((node) => tokens[node]!)]
        const expected = await forward(model, { cache: plain, tokens: along, rows: 'all' })
        expect(path.map((node) => rows[node])).toEqual(expected.slice(13))
        cache.keep(path)
        expect(await forward(model, { cache, tokens: [1] })).toEqual(
          await forward(model, { cache: plain, tokens: [1] }),
        )
        cache.dispose()
        plain.dispose()
      }),
      { seed: 13, numRuns: 40 },
    )
  })
})

describe('memory', () => {
  test('10,000 forks leave nothing behind', async () => {
    const model = await load(randomLlama().file)
    const cache = model.createCache()
    await model.forward([{ cache, tokens: TOKENS }])
    const held = model.pagesHeld
    for (let i = 0; i < 10_000; i++) {
      const fork = cache.fork()
      if (i % 100 === 0) await model.forward([{ cache: fork, tokens: [i % 50] }])
      fork.dispose()
    }
    expect(model.pagesHeld).toBe(held)
    cache.dispose()
    cache.dispose()
    expect(model.pagesHeld).toBe(0)
  })

  test('a fork shares its past: only the page that is written is copied', async () => {
    const model = await load(randomLlama().file)
    const cache = model.createCache()
    await model.forward([{ cache, tokens: Array.from({ length: 40 }, (_, i) => i) }])
    expect(model.pagesHeld).toBe(3)
    const fork = cache.fork()
    expect(model.pagesHeld).toBe(3)
    await model.forward([{ cache: fork, tokens: [1] }])
    expect(model.pagesHeld).toBe(4)
  })

  test('a spent budget is a clear error that changes no cache', async () => {
    const model = await load(randomLlama().file, 900_000)
    const caches: KVCache[] = []
    const fill = async () => {
      for (;;) {
        const cache = model.createCache()
        caches.push(cache)
        await model.forward([{ cache, tokens: TOKENS }])
      }
    }
    await expect(fill()).rejects.toMatchObject({ code: 'memory_exhausted' })
    expect(caches.at(-1)!.length).toBe(0)
    caches[0]!.dispose()
    expect(await forward(model, { cache: model.createCache(), tokens: [1] })).toHaveLength(1)
  })

  test('a model that does not fit is refused: there will never be enough for it', async () => {
    await expect(load(randomLlama().file, 200_000)).rejects.toMatchObject({
      code: 'model_too_large',
      message: expect.stringContaining('200 kB'),
    })
  })
})

describe('what is out of range is refused before anything changes', () => {
  test('tokens, lengths, parents, rollbacks', async () => {
    const model = await load(randomLlama().file)
    const cache = model.createCache()
    const refuse = (step: Partial<ForwardStep>) =>
      expect(model.forward([{ cache, tokens: [1], ...step }])).rejects.toThrow(RangeError)
    await refuse({ tokens: [] })
    await refuse({ tokens: [50] })
    await refuse({ tokens: [-1] })
    await refuse({ tokens: [0.5] })
    await refuse({ tokens: new Array(129).fill(1) })
    await refuse({ tokens: [1, 2], parents: [-1, 1] })
    expect(cache.length).toBe(0)
    expect(() => cache.truncate(1)).toThrow(RangeError)
    expect(() => cache.keep([0])).toThrow(RangeError)
  })
})
