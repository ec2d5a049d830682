import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LanguageModel } from '../../../decoder/language-model.ts'
import type { LoadedModel } from '../../../runtimes/loaded-model.ts'
import { resolveModel } from '../../../runtimes/model-source.ts'
import { loadModel } from '../../../runtimes/transformers/node.ts'

/** Models whose numbers were computed elsewhere: by transformers (PyTorch) and in NumPy. */
const fixture = (path: string) => new URL(`../../fixtures/${path}`, import.meta.url)
const readJson = (path: string) => JSON.parse(readFileSync(fixture(path), 'utf8'))

const bestOf = (row: Float32Array) => row.indexOf(Math.max(...row))

async function greedy(model: LanguageModel, prompt: number[], count: number): Promise<number[]> {
  const cache = model.createCache()
  const ids: number[] = []
  for (let next = prompt; ids.length < count; next = ids.slice(-1)) {
    const [[row]] = (await model.forward([{ cache, tokens: next }])) as [[Float32Array]]
    ids.push(bestOf(row))
  }
  cache.dispose()
  return ids
}

describe('a GPT-2 (learned positions, another tokenizer, 32-bit weights)', () => {
  const cases: { prompt: number[]; greedy: number[]; logits: number[][] }[] = readJson(
    'models/tiny-gpt2/expected.json',
  )
  let loaded: LoadedModel
  beforeAll(async () => {
    const source = resolveModel(fixture('models/tiny-gpt2/').href)
    loaded = await loadModel(source, { maxBytes: 10e6 })
  })
  afterAll(() => loaded.model.dispose())

  test('is described by its files', () => {
    expect(loaded).toMatchObject({ architecture: 'gpt2', quantization: 'fp32' })
    expect(loaded.model.config).toMatchObject({ contextLength: 128, bosId: 0, eosIds: [1] })
    expect(loaded.tokenizer.prefixId).toBe(0)
    expect(loaded.chatTemplate).toBeUndefined()
  })

  test.each(cases)('continues $prompt as transformers does', async ({ prompt, greedy: ids }) => {
    expect(await greedy(loaded.model, prompt, ids.length)).toEqual(ids)
  })

  test.each(cases)('has transformers’ logits at each position of $prompt', async (expected) => {
    const cache = loaded.model.createCache()
    const steps = [{ cache, tokens: expected.prompt, rows: 'all' as const }]
    const [rows] = await loaded.model.forward(steps)
    expect(rows).toHaveLength(expected.logits.length)
    for (const [position, values] of expected.logits.entries()) {
      for (const [id, value] of values.entries()) {
        expect(rows![position]![id]).toBeCloseTo(value, 3)
      }
    }
  })
})

describe('the default model', () => {
  const cases: { prompt: number[]; greedy: number[]; logits: { id: number; value: number }[] }[] =
    readJson('reference-logits.json')
  let loaded: LoadedModel
  beforeAll(async () => {
    const folder = new URL('../../../model/edgewise-chat/', import.meta.url)
    loaded = await loadModel(resolveModel(folder.href), { maxBytes: 10e6 })
  })
  afterAll(() => loaded.model.dispose())

  test.each(cases)('answers $prompt near NumPy’s numbers, 8-bit as it is', async (expected) => {
    const cache = loaded.model.createCache()
    const [[row]] = (await loaded.model.forward([{ cache, tokens: expected.prompt }])) as [
      [Float32Array],
    ]
    for (const { id, value } of expected.logits)
      expect(Math.abs(row[id]! - value)).toBeLessThan(0.5)
    expect(bestOf(row)).toBe(expected.greedy[0])
  })

  test('gives the same however a prompt is cut into passes', async () => {
    const { prompt } = cases.toSorted((a, b) => b.prompt.length - a.prompt.length)[0]!
    const results: Float32Array[] = []
    for (const size of [prompt.length, 1, 3]) {
      const cache = loaded.model.createCache()
      let row = new Float32Array()
      for (let at = 0; at < prompt.length; at += size) {
        const tokens = prompt.slice(at, at + size)
        row = (await loaded.model.forward([{ cache, tokens }]))[0]![0]! as typeof row
      }
      results.push(row)
    }
    for (const row of results) {
      expect(bestOf(row)).toBe(bestOf(results[0]!))
      for (const [id, value] of row.entries()) expect(value).toBeCloseTo(results[0]![id]!, 2)
    }
  })
})
