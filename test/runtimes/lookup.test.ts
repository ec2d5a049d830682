import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { type EmbeddingModel, LookupSpace } from '../../decoder/lookup/index.ts'
import { cosine } from '../../decoder/lookup/lookup-space.ts'
import type { LoadedModel, LoadProgress } from '../../runtimes/loaded-model.ts'
import { resolveModel } from '../../runtimes/model-source.ts'
import { SimdLanguageModel } from '../../runtimes/simd/language-model.ts'
import { loadModel as loadSimd } from '../../runtimes/simd/node.ts'
import { loadModel as loadOnnx } from '../../runtimes/transformers/node.ts'
import { compileEngine } from '../../scripts/lib/engine.ts'
import { type Files, withFiles } from '../support/with-files.ts'

/** A random Llama with a lookup, and where NumPy places its states (model/train/test_models/heads.py). */
const FOLDER = new URL('../fixtures/models/tiny-heads/', import.meta.url)
const SOURCE = resolveModel(FOLDER.href)
const fileOf = (name: string) => readFileSync(new URL(name, FOLDER))
const cases: { prompt: number[]; greedy: number[]; lookup: [number[], number[]] }[] = JSON.parse(
  fileOf('expected.json').toString(),
)

beforeAll(compileEngine)

describe.each([
  ['our engine', loadSimd],
  ['transformers.js', loadOnnx],
])('on %s', (_, loadModel) => {
  let loaded: LoadedModel
  let model: EmbeddingModel
  beforeAll(async () => {
    loaded = await loadModel(SOURCE, { maxBytes: 1e6 })
    model = loaded.model as EmbeddingModel
  })

  test.each(cases)(
    'the state of $prompt lies where NumPy places it',
    async ({ prompt, lookup }) => {
      expect(model.embeds).toBe(true)
      const space = new LookupSpace(loaded.lookup!)
      const state = await model.embed(prompt)
      expect(state).toHaveLength(loaded.lookup!.width)
      const places = [space.ofQuestion(state), space.ofUnit(state)]
      for (const [side, expected] of lookup.entries()) {
        for (const [i, value] of expected.entries()) expect(places[side]![i]).toBeCloseTo(value, 2)
      }
    },
  )

  test('caches that are there stay as they are, and none is left behind', async () => {
    const [{ prompt, greedy }] = cases as [(typeof cases)[0]]
    const cache = model.createCache()
    await model.forward([{ cache, tokens: prompt.slice(0, -1) }])
    const before = await model.embed(greedy)
    const [rows] = await model.forward([{ cache, tokens: prompt.slice(-1) }])
    expect(rows![0]!.indexOf(Math.max(...rows![0]!))).toBe(greedy[0])
    expect(await model.embed(greedy)).toEqual(before)
    cache.dispose()
    if (model instanceof SimdLanguageModel) expect(model.pagesHeld).toBe(0)
  })

  test('a long text is read in several passes', async () => {
    const long = Array.from({ length: 100 }, (_, i) => i % 7)
    const same = await Promise.all([model.embed(long), model.embed(long)])
    expect(same[0]).toEqual(same[1])
    expect(same[0]).not.toEqual(await model.embed(long.slice(1)))
  })

  test('a text that the context cannot hold is refused', async () => {
    await expect(model.embed(new Array(129).fill(3))).rejects.toThrow(RangeError)
    await expect(model.embed([])).rejects.toThrow(RangeError)
    await expect(model.embed([1e6])).rejects.toThrow(RangeError)
  })

  test('a model without the file looks nothing up', async () => {
    const plain = await loadModel(SOURCE, {
      maxBytes: 1e6,
      fetch: withFiles(SOURCE.base, { 'lookup.gguf': null }),
    })
    expect(plain.lookup).toBeNull()
    expect(plain.model.config).toEqual(model.config)
  })

  test('the file is counted in', async () => {
    const progress: LoadProgress[] = []
    const total = async (files: Files) => {
      progress.length = 0
      await loadModel(SOURCE, {
        maxBytes: 1e6,
        fetch: withFiles(SOURCE.base, files),
        onProgress: (step) => progress.push(step),
      })
      return progress.at(-1)!.total
    }
    const without = await total({ 'lookup.gguf': null })
    expect(await total({})).toBe(without + fileOf('lookup.gguf').length)
  })

  test('a file of another model is refused', async () => {
    const files = { 'lookup.gguf': new Uint8Array(fileOf('heads.gguf')) }
    await expect(
      loadModel(SOURCE, { maxBytes: 1e6, fetch: withFiles(SOURCE.base, files) }),
    ).rejects.toMatchObject({
      code: 'model_unusable',
      message: expect.stringContaining('not "lookup"'),
    })
  })
})

test('both engines have the same states', async () => {
  const [ours, theirs] = await Promise.all(
    [loadSimd, loadOnnx].map(async (load) => (await load(SOURCE, { maxBytes: 1e6 })).model),
  )
  for (const { prompt } of cases) {
    const states = await Promise.all(
      [ours, theirs].map((model) => (model as EmbeddingModel).embed(prompt)),
    )
    const length = Math.sqrt(cosine(states[0]!, states[0]!) * cosine(states[1]!, states[1]!))
    expect(cosine(states[0]!, states[1]!) / length).toBeGreaterThan(0.9999)
  }
})

test('a graph that gives no states for the file beside it is refused', async () => {
  const other = (name: string) =>
    new Uint8Array(readFileSync(new URL(`../running-mean/${name}`, FOLDER)))
  const files = Object.fromEntries(
    ['config.json', 'onnx/model_quantized.onnx'].map((name) => [name, other(name)]),
  )
  await expect(
    loadOnnx(SOURCE, {
      maxBytes: 1e6,
      fetch: withFiles(SOURCE.base, { ...files, 'onnx/heads.onnx': null }),
    }),
  ).rejects.toMatchObject({ code: 'model_unusable' })
})
