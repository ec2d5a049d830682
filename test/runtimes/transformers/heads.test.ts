import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { generationOptions, type MultiTokenModel, speculative } from '../../../decoder/index.ts'
import type { LoadProgress } from '../../../runtimes/loaded-model.ts'
import { resolveModel } from '../../../runtimes/model-source.ts'
import { loadModel as loadSimd } from '../../../runtimes/simd/node.ts'
import { OnnxHeads } from '../../../runtimes/transformers/heads.ts'
import { fetchModel, missingModelBytes } from '../../../runtimes/transformers/load.ts'
import { loadModel } from '../../../runtimes/transformers/node.ts'
import type { OnnxRuntime, Session } from '../../../runtimes/transformers/onnx-runtime.ts'
import { CPU_PRECISIONS } from '../../../runtimes/transformers/weights.ts'
import { compileEngine } from '../../../scripts/lib/engine.ts'
import { FileServer } from '../../support/file-server.ts'
import { MemoryStore } from '../../support/memory-store.ts'
import { type Files, withFiles } from '../../support/with-files.ts'

/** A random Llama with three heads, and what NumPy makes of it in float64 (model/train/test_models/heads.py). */
const FOLDER = new URL('../../fixtures/models/tiny-heads/', import.meta.url)
const SOURCE = resolveModel(FOLDER.href)
const WEIGHTS_FILE = 'onnx/model_quantized.onnx'
const HEADS_FILE = 'onnx/heads.onnx'
const fileOf = (name: string) => readFileSync(new URL(name, FOLDER))
const cases: {
  prompt: number[]
  greedy: number[]
  guesses: number[][]
  headLogits: number[][][]
}[] = JSON.parse(fileOf('expected.json').toString())
const [{ prompt: SHORT }, { prompt: LONG, guesses: GUESSES }] = cases as [
  (typeof cases)[0],
  (typeof cases)[0],
]

/** Loads the model with other files in place of its own; null for one that is not there. */
async function load(files: Files = {}, options: Partial<Parameters<typeof loadModel>[1]> = {}) {
  const loaded = await loadModel(SOURCE, {
    maxBytes: 1e6,
    // The lookup has tests of its own.
    fetch: withFiles(SOURCE.base, { 'lookup.gguf': null, ...files }),
    ...options,
  })
  return { ...loaded, model: loaded.model as MultiTokenModel }
}

const bestOf = (row: Float32Array) => row.indexOf(Math.max(...row))

let model: MultiTokenModel
beforeAll(async () => {
  await compileEngine()
  model = (await load()).model
})
afterAll(() => model.dispose())

const guesses = async (cache: ReturnType<MultiTokenModel['createCache']>) =>
  (await model.headLogits(cache)).map(bestOf)

/** Guesses of a fresh cache that has read these tokens in one pass. */
async function guessesAfter(tokens: number[]): Promise<number[]> {
  const cache = model.createCache()
  await model.forward([{ cache, tokens }])
  return guesses(cache)
}

describe('heads in a graph beside the model’s', () => {
  test.each(cases)('say at each position of $prompt what NumPy says', async (expected) => {
    expect(model.heads).toBe(3)
    const cache = model.createCache()
    for (const [position, token] of expected.prompt.entries()) {
      await model.forward([{ cache, tokens: [token] }])
      const rows = await model.headLogits(cache)
      expect(rows.map(bestOf)).toEqual(expected.guesses[position])
      for (const [head, values] of expected.headLogits[position]!.entries()) {
        expect(rows[head]).toHaveLength(model.config.vocabSize)
        for (const [id, value] of values.entries()) expect(rows[head]![id]).toBeCloseTo(value, 3)
      }
    }
  })

  test('guess what they guess on our own engine', async () => {
    const simd = (await loadSimd(SOURCE, { maxBytes: 1e6 })).model as MultiTokenModel
    for (const { prompt, greedy } of cases) {
      const caches = [model.createCache(), simd.createCache()] as const
      for (const token of [...prompt, ...greedy]) {
        await model.forward([{ cache: caches[0], tokens: [token] }])
        await simd.forward([{ cache: caches[1], tokens: [token] }])
        expect(await guesses(caches[0])).toEqual((await simd.headLogits(caches[1])).map(bestOf))
      }
    }
  })

  test('read the last token that the cache holds, whatever became of the step', async () => {
    const cache = model.createCache()
    await model.forward([{ cache, tokens: LONG.slice(0, 2) }])
    await model.forward([{ cache, tokens: LONG.slice(2), rows: 'all' }])
    const fork = cache.fork()
    expect(await guesses(fork)).toEqual(GUESSES.at(-1))
    cache.truncate(5)
    expect(await guesses(cache)).toEqual(GUESSES[4])
    cache.keep([0])
    expect(await guesses(cache)).toEqual(GUESSES[2])
    expect(await guesses(fork)).toEqual(GUESSES.at(-1))
    fork.truncate(4)
    expect(await guesses(fork)).toEqual(GUESSES[3])
  })

  test.each([[[0]], [[1]], [[0, 2]], [[0, 3]], [[0, 2, 4]]])(
    'read the end of the path %j of a tree',
    async (path) => {
      const tokens = [40, 41, 42, 43, 44]
      const parents = [-1, -1, 0, 0, 2]
      const cache = model.createCache()
      await model.forward([{ cache, tokens: SHORT }])
      await model.forward([{ cache, tokens, parents, rows: 'all' }])
      await expect(model.headLogits(cache)).rejects.toThrow('last token of the cache')
      cache.keep(path)
      const kept = [...SHORT, ...path.map((node) => tokens[node]!)]
      expect(await guesses(cache)).toEqual(await guessesAfter(kept))
      await model.forward([{ cache, tokens: [45] }])
      expect(await guesses(cache)).toEqual(await guessesAfter([...kept, 45]))
    },
  )

  test('read each cache’s own state after steps of several', async () => {
    const caches = [model.createCache(), model.createCache()] as const
    await model.forward([
      { cache: caches[0], tokens: SHORT },
      { cache: caches[1], tokens: LONG, rows: 'all' },
    ])
    const both = await Promise.all(caches.map(guesses))
    expect(both).toEqual(cases.map(({ guesses }) => guesses.at(-1)))
  })

  test('have nothing to read before the first pass, or where no pass left it', async () => {
    const cache = model.createCache()
    await expect(model.headLogits(cache)).rejects.toThrow('last token of the cache')
    await model.forward([{ cache, tokens: LONG }])
    cache.truncate(3)
    await expect(model.headLogits(cache)).rejects.toThrow('last token of the cache')
  })

  test.each(['mtp', 'tree'] as const)(
    'guess for %s, and greedy tokens stay the same',
    async (method) => {
      for (const { prompt, greedy } of cases) {
        const options = v.parse(generationOptions, {
          temperature: 0,
          max_tokens: greedy.length,
          ignore_eos: true,
          speculative: { method, num_tokens: 3 },
        })
        const ids: number[] = []
        let proposed = 0
        const start = { tokens: prompt, cache: model.createCache() }
        for await (const event of speculative(model, start, options)) {
          if (event.type === 'token') ids.push(event.id)
          if (event.type === 'draft') proposed += event.proposed
        }
        expect(ids).toEqual(greedy)
        expect(proposed).toBeGreaterThan(0)
      }
    },
  )
})

describe('a load', () => {
  test('counts the heads in, and leaves logits and fingerprint alone', async () => {
    const progress: LoadProgress[] = []
    const whole = await load({}, { onProgress: (step) => progress.push(step) })
    const plain = await load({ [HEADS_FILE]: null })
    expect(progress.at(-1)!.total).toBe(fileOf(WEIGHTS_FILE).length + fileOf(HEADS_FILE).length)
    expect(plain.model.heads).toBe(0)
    expect(whole.model.config).toEqual(plain.model.config)
    const rows = await Promise.all(
      [whole, plain].map(({ model }) =>
        model.forward([{ cache: model.createCache(), tokens: LONG, rows: 'all' }]),
      ),
    )
    expect(rows[0]).toEqual(rows[1])
  })

  test('asks for them with the rest, and finds them stored when there is no network', async () => {
    const server = await FileServer.start()
    const names = [
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      WEIGHTS_FILE,
      HEADS_FILE,
    ]
    for (const name of names) server.add(name, fileOf(name), `"${name}"`)
    const source = { id: 'tiny', base: server.url }
    const options = { maxBytes: 1e6 }
    const place = {
      fetch,
      store: new MemoryStore(),
      precisions: CPU_PRECISIONS,
      engine: async () => async () => ({}) as OnnxRuntime,
    }
    const [, ...fetched] = names
    const sizes = fetched.map((name) => fileOf(name).length)
    const total = sizes.reduce((sum, bytes) => sum + bytes)
    expect(await missingModelBytes(source, options, place)).toBe(total)
    await fetchModel(source, options, place)
    expect(await missingModelBytes(source, options, place)).toBe(0)
    await server.stop()
    expect((await fetchModel(source, options, place)).heads).toEqual(
      new Uint8Array(fileOf(HEADS_FILE)),
    )
  })

  test('goes without heads where only the model has room', async () => {
    const both = fileOf(WEIGHTS_FILE).length + fileOf(HEADS_FILE).length
    expect((await load({}, { maxBytes: both })).model.heads).toBe(3)
    expect((await load({}, { maxBytes: both - 1 })).model.heads).toBe(0)
  })
})

describe('a heads file that is', () => {
  const otherModel = (name: string) =>
    new Uint8Array(readFileSync(new URL(`../running-mean/${name}`, FOLDER)))
  test.each<[string, Record<string, Uint8Array<ArrayBuffer>>, string]>([
    ['a model', { [HEADS_FILE]: new Uint8Array(fileOf(WEIGHTS_FILE)) }, 'does not turn'],
    ['cut', { [HEADS_FILE]: new Uint8Array(fileOf(HEADS_FILE)).slice(0, 20_000) }, 'damaged'],
    [
      'beside a graph that gives no states',
      Object.fromEntries(['config.json', WEIGHTS_FILE].map((name) => [name, otherModel(name)])),
      'no hidden_states',
    ],
  ])('%s is refused with the reason', async (_, files, reason) => {
    await expect(load(files)).rejects.toMatchObject({
      code: 'model_unusable',
      message: expect.stringContaining(reason),
    })
  })

  test.each<[string, number, (string | number)[], string]>([
    ['of a wider model', 64, ['rows', 3, 300], 'a width of 64 and 300 tokens'],
    ['of another vocabulary', 32, ['rows', 3, 301], 'a width of 32 and 301 tokens'],
    ['of too many', 32, ['rows', 9, 300], '1 to 8 heads are supported, not 9'],
    ['of none', 32, ['rows', 0, 300], '1 to 8 heads are supported, not 0'],
    ['without a number of heads', 32, ['rows', 'heads', 300], 'does not turn'],
  ])('%s is refused, and its session released', async (_, width, shape, reason) => {
    const tensor = (name: string, shape: (string | number)[]) => [
      { name, isTensor: true, type: 'float32', shape },
    ]
    let released = 0
    const heads = {
      inputMetadata: tensor('hidden_states', ['rows', width]),
      outputMetadata: tensor('head_logits', shape),
      release: async () => released++,
    }
    const runtime = { InferenceSession: { create: async () => heads } }
    const decoder = { outputMetadata: tensor('hidden_states', ['batch_size', 'num_logits', 32]) }
    const start = OnnxHeads.start(
      runtime as unknown as OnnxRuntime,
      new Uint8Array(),
      decoder as unknown as Session,
      300,
    )
    await expect(start).rejects.toMatchObject({
      code: 'model_unusable',
      message: expect.stringContaining(reason),
    })
    expect(released).toBe(1)
  })
})
