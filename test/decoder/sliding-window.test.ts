import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  choices,
  type GenerationInput,
  generationOptions,
  type TextEvent,
  TextGenerator,
} from '../../decoder/index.ts'
import type { SimdLanguageModel } from '../../runtimes/simd/language-model.ts'
import { ByteTokenizer } from '../support/byte-tokenizer.ts'
import { loadRandomLlama } from '../support/loaded-llama.ts'
import { TableModel } from '../support/table-model.ts'

const CONTEXT = 64
const PROMPT = [5, 9, 33, 12, 40, 7, 7, 21, 3, 48]

let model: SimdLanguageModel
let generator: TextGenerator

beforeAll(async () => {
  const { model: loaded, tokenizer } = await loadRandomLlama({ contextLength: CONTEXT })
  model = loaded
  generator = new TextGenerator({ model, tokenizer })
})

const parse = (input: GenerationInput) =>
  v.parse(generationOptions, { temperature: 0, ignore_eos: true, ...input })

async function generate(input: GenerationInput, prompt: readonly number[] = PROMPT) {
  const events: TextEvent[] = []
  for await (const batch of generator.generate(prompt, parse(input))) events.push(...batch)
  const ids = events.flatMap((event) =>
    event.type === 'text' ? event.tokens.map(({ id }) => id) : [],
  )
  return { ids, done: events.at(-1) }
}

/** The likeliest token each time, by the model's own verbs. */
async function greedy(count: number, shape: { sinks: number; window: number }) {
  const cache = model.createSlidingCache(shape)
  const ids: number[] = []
  let next = PROMPT
  while (ids.length < count) {
    const [[row]] = (await model.forward([{ cache, tokens: next }])) as [[Float32Array]]
    next = [row.indexOf(Math.max(...row))]
    ids.push(...next)
  }
  cache.dispose()
  return ids
}

describe('a text that grows beyond the context', () => {
  test('ends where max_tokens says, and each token is what its window gives', async () => {
    const sliding_window = { window: 32, sinks: 4 }
    const { ids, done } = await generate({ max_tokens: 500, sliding_window })
    expect(ids).toEqual(await greedy(500, sliding_window))
    expect(done).toMatchObject({
      finish_reason: 'length',
      usage: { prompt_tokens: PROMPT.length, cached_tokens: 0, completion_tokens: 500 },
    })
  })

  test('has four sinks and the rest of the context for a window unless it is told otherwise', async () => {
    const { ids } = await generate({ max_tokens: 150, sliding_window: {} })
    expect(ids).toEqual(await greedy(150, { sinks: 4, window: CONTEXT - 4 }))
    // As long as the context suffices, nothing is different.
    const room = CONTEXT - PROMPT.length
    const { ids: plain, done } = await generate({ max_tokens: 150 })
    expect(plain).toHaveLength(room)
    expect(done).toMatchObject({ finish_reason: 'length' })
    expect(ids.slice(0, room)).toEqual(plain)
  })

  test('reuses no conversation and leaves nothing behind', async () => {
    generator.clearContexts()
    expect(model.pagesHeld).toBe(0)
    await generate({ max_tokens: 20 })
    const held = model.pagesHeld
    expect(held).toBeGreaterThan(0)
    const { done } = await generate({ max_tokens: 100, sliding_window: {} })
    expect(done).toMatchObject({ usage: { cached_tokens: 0 } })
    expect(model.pagesHeld).toBe(held)
  })

  test('gives the same answers side by side as alone', async () => {
    const input = { max_tokens: 120, sliding_window: { window: 24 }, temperature: 1, seed: 4 }
    const answers: number[][] = [[], []]
    const batches = choices(generator, PROMPT, parse(input), { n: 2, best_of: 2 })
    for await (const { choice, events } of batches) {
      for (const event of events) {
        if (event.type === 'text') answers[choice]!.push(...event.tokens.map(({ id }) => id))
      }
    }
    expect(answers).toEqual([
      (await generate(input)).ids,
      (await generate({ ...input, seed: 5 })).ids,
    ])
  })
})

describe('refused by name', () => {
  test.each<[string, GenerationInput]>([
    ['max_tokens', { sliding_window: {} }],
    ['sliding_window', { sliding_window: {}, max_tokens: 9, num_beams: 2 }],
    ['sliding_window', { sliding_window: {}, max_tokens: 9, speculative: { method: 'ngram' } }],
    [
      'sliding_window',
      { sliding_window: {}, max_tokens: 9, semi_autoregressive: { chunk_size: 2 } },
    ],
    ['sliding_window.window', { sliding_window: { window: CONTEXT - 3 }, max_tokens: 9 }],
    ['sliding_window.sinks', { sliding_window: { sinks: CONTEXT }, max_tokens: 9 }],
  ])('%s: %j', async (param, input) => {
    await expect(generate(input)).rejects.toMatchObject({ code: 'invalid_value', param })
  })

  test('a prompt that is longer than the context', async () => {
    const prompt = new Array(CONTEXT).fill(1)
    await expect(generate({ sliding_window: {}, max_tokens: 9 }, prompt)).rejects.toMatchObject({
      code: 'context_length_exceeded',
    })
  })

  test('a model whose cache does not slide', async () => {
    const still = new TextGenerator({
      model: new TableModel(() => [0, 1]),
      tokenizer: new ByteTokenizer(),
    })
    const options = parse({ sliding_window: {}, max_tokens: 9 })
    await expect(still.generate([1], options).next()).rejects.toMatchObject({
      code: 'unsupported_value',
      param: 'sliding_window',
    })
  })
})
