import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import { generationOptions, type KVCache, speculative } from '../../../decoder/index.ts'
import { noStore } from '../../../runtimes/files/part-store.ts'
import type { SimdLanguageModel } from '../../../runtimes/simd/language-model.ts'
import { loadGguf } from '../../../runtimes/simd/load-gguf.ts'
import { compileEngine } from '../../../scripts/lib/engine.ts'
import { text, writeGguf } from '../../support/gguf-writer.ts'
import { randomHeads, randomLlama } from '../../support/random-llama.ts'
import { product, referenceOutput, referenceStates } from '../../support/reference-llama.ts'

const KERNELS = new URL('../../../dist/engine/kernels.wasm', import.meta.url)
const TOKENS = [3, 14, 15, 9, 26, 5, 35]

beforeAll(compileEngine)

async function load(heads: Uint8Array<ArrayBuffer> | null): Promise<SimdLanguageModel> {
  const files: Record<string, Uint8Array<ArrayBuffer> | null> = {
    'model.gguf': llama.file,
    'heads.gguf': heads,
  }
  const { model } = await loadGguf(
    { id: 'tiny', base: 'https://models.test/tiny/' },
    { maxBytes: 1e8, maxMemory: 64 * 2 ** 20 },
    {
      fetch: async (input) => {
        const file = files[String(input).split('/').at(-1)!]
        return file ? new Response(file) : new Response(null, { status: 404 })
      },
      store: noStore,
      engine: async () => new WebAssembly.Module(readFileSync(KERNELS)),
    },
  )
  return model as SimdLanguageModel
}

const llama = randomLlama()
const heads = randomHeads(llama.shape.width, 3)

/** state + silu(head · state), times the output matrix, in float64. */
function reference(tokens: readonly number[]): number[][] {
  const state = referenceStates(llama, tokens).at(-1)!
  return heads.values.map((matrix) => {
    const inner = product(matrix, state).map((x) => x / (1 + Math.exp(-x)))
    return referenceOutput(
      llama,
      state.map((value, i) => value + inner[i]!),
    )
  })
}

async function expectHeads(model: SimdLanguageModel, cache: KVCache, tokens: readonly number[]) {
  const actual = await model.headLogits(cache)
  for (const [head, row] of reference(tokens).entries()) {
    const spread = Math.max(...row) - Math.min(...row)
    for (const [id, value] of row.entries())
      expect(Math.abs(actual[head]![id]! - value) / spread).toBeLessThan(1e-3)
  }
}

describe('heads in a file beside the model', () => {
  test('say what a float64 pass says', async () => {
    const model = await load(heads.file)
    expect(model.heads).toBe(3)
    const cache = model.createCache()
    await model.forward([{ cache, tokens: TOKENS }])
    await expectHeads(model, cache, TOKENS)
  })

  test('read the last token that the cache holds, whatever became of the step', async () => {
    const model = await load(heads.file)
    const cache = model.createCache()
    await model.forward([{ cache, tokens: TOKENS.slice(0, 2) }])
    await model.forward([{ cache, tokens: TOKENS.slice(2), rows: 'all' }])
    const fork = cache.fork()
    await expectHeads(model, fork, TOKENS)
    cache.truncate(5)
    await expectHeads(model, cache, TOKENS.slice(0, 5))
    // A tree of 7, 8 and 9 under 8: the path to 9 is kept.
    await model.forward([{ cache, tokens: [7, 8, 9], parents: [-1, -1, 1], rows: 'all' }])
    cache.keep([1, 2])
    await expectHeads(model, cache, [...TOKENS.slice(0, 5), 8, 9])
    await expectHeads(model, fork, TOKENS)
  })

  test('have nothing to read before the first pass, or where no pass left it', async () => {
    const model = await load(heads.file)
    const cache = model.createCache()
    await expect(model.headLogits(cache)).rejects.toThrow('last token of the cache')
    await model.forward([{ cache, tokens: TOKENS }])
    cache.truncate(3)
    await expect(model.headLogits(cache)).rejects.toThrow('last token of the cache')
  })

  test('change no logits', async () => {
    const [withHeads, without] = await Promise.all([load(heads.file), load(null)])
    expect(without.heads).toBe(0)
    const rows = await Promise.all(
      [withHeads, without].map((model) =>
        model.forward([{ cache: model.createCache(), tokens: TOKENS, rows: 'all' }]),
      ),
    )
    expect(rows[0]).toEqual(rows[1])
  })

  test.each(['mtp', 'tree'] as const)(
    'guess for %s, and greedy tokens stay the same',
    async (method) => {
      const model = await load(heads.file)
      const greedy = async (more: object) => {
        const options = v.parse(generationOptions, {
          temperature: 0,
          max_tokens: 40,
          ignore_eos: true,
          ...more,
        })
        const prompt = { tokens: TOKENS, cache: model.createCache() }
        const ids: number[] = []
        let proposed = 0
        for await (const event of speculative(model, prompt, options)) {
          if (event.type === 'token') ids.push(event.id)
          if (event.type === 'draft') proposed += event.proposed
        }
        return { ids, proposed }
      }
      const plain = await greedy({ speculative: { method: 'ngram', num_tokens: 1 } })
      const guessed = await greedy({ speculative: { method, num_tokens: 3 } })
      expect(guessed.ids).toEqual(plain.ids)
      expect(guessed.proposed).toBeGreaterThan(0)
    },
  )
})

describe('a heads file that is', () => {
  const wider = randomHeads(2 * llama.shape.width, 1)
  test.each<[string, Uint8Array<ArrayBuffer>, string]>([
    ['a model', llama.file, 'multi-token-heads'],
    ['of a wider model', wider.file, '128 × 128, not 64 × 64'],
    [
      'without its first head',
      writeGguf({
        metadata: { 'general.architecture': text('multi-token-heads') },
        tensors: heads.tensors.slice(1),
      }),
      'head.0.weight',
    ],
    [
      'empty',
      writeGguf({ metadata: { 'general.architecture': text('multi-token-heads') }, tensors: [] }),
      '1 to 8 heads',
    ],
    ['cut', heads.file.slice(0, 40), 'cut short'],
  ])('%s is refused with the reason', async (_, file, reason) => {
    await expect(load(file)).rejects.toThrow(reason)
  })
})
