import * as v from 'valibot'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type DoneEvent,
  type GenerationInput,
  generationOptions,
  type LanguageModel,
  TextGenerator,
} from '../../decoder/index.ts'
import { loadRandomLlama } from '../support/loaded-llama.ts'

// A real cache of keys and values, so that what is reused wrongly changes what comes after it.
const CONTEXT = 512
let model: LanguageModel
let tokenizer: Awaited<ReturnType<typeof loadRandomLlama>>['tokenizer']
beforeAll(async () => {
  const loaded = await loadRandomLlama({ contextLength: CONTEXT })
  model = loaded.model
  tokenizer = loaded.tokenizer
})

const generator = () => new TextGenerator({ model, tokenizer, contextBytes: 2 ** 24 })

async function run(on: TextGenerator, prompt: number[], input: GenerationInput = {}) {
  const options = v.parse(generationOptions, {
    temperature: 0,
    max_tokens: 24,
    ignore_eos: true,
    ...input,
  })
  const ids: number[] = []
  const logprobs: number[] = []
  let usage: DoneEvent['usage'] | undefined
  for await (const batch of on.generate(prompt, options)) {
    for (const event of batch) {
      if (event.type === 'done') usage = event.usage
      if (event.type !== 'text') continue
      ids.push(...event.tokens.map(({ id }) => id))
      logprobs.push(...event.tokens.map(({ logprob }) => logprob))
    }
  }
  return { ids, logprobs, cached: usage!.cached_tokens }
}

/** What a fresh process answers. */
const fresh = async (prompt: number[]) => {
  const { ids, logprobs } = await run(generator(), prompt)
  return { ids, logprobs }
}

/** A text of this many tokens, each text its own. */
const text = (seed: number, length: number) =>
  Array.from({ length }, (_, i) => 1 + ((seed * 31 + i * i * 7 + i * seed) % 49))

// ggml-org/llama.cpp#5420
test('one prompt six times, then a token less, then a token more', async () => {
  const on = generator()
  const prompt = text(1, 100)
  const expected = await fresh(prompt)
  for (let time = 0; time < 6; time++) {
    const answer = await run(on, prompt)
    expect(answer).toEqual({ ...expected, cached: time === 0 ? 0 : 99 })
  }
  for (const other of [prompt.slice(0, -1), [...prompt, 7]]) {
    expect(await run(on, other)).toMatchObject(await fresh(other))
  }
})

// tenstorrent/vllm#415
test('six turns, the third changed, back to the first history, two chats with one system text', async () => {
  const on = generator()
  const chat = async (history: number[], turns: number[][]) => {
    let tokens = history
    for (const turn of turns) {
      tokens = [...tokens, ...turn]
      const answer = await run(on, tokens)
      expect(answer).toMatchObject(await fresh(tokens))
      tokens = [...tokens, ...answer.ids]
    }
    return tokens
  }
  const system = text(2, 40)
  const turns = [3, 4, 5, 6, 7, 8].map((seed) => text(seed, 11))
  const two = await chat(system, turns.slice(0, 2))
  const whole = await chat(two, turns.slice(2))
  await chat(two, [text(9, 13), text(10, 9)])
  const again = await run(on, [...whole, 1])
  expect(again).toMatchObject(await fresh([...whole, 1]))
  // The last token of an answer was never fed, and so is new to the cache.
  expect(again.cached).toBe(whole.length - 1)
  const [a, b] = [text(11, 12), text(12, 12)]
  for (const question of [a, b, a, b]) await chat(system, [question])
})

// vllm-project/vllm#5344
test('scoring a text that is partly cached gives every token, as without a cache', async () => {
  const on = generator()
  const prompt = text(13, 100)
  await run(on, prompt)
  for (const ids of [prompt, prompt.slice(0, 60), [...prompt, ...text(14, 20)]]) {
    const score = await on.score(ids)
    expect(score.tokens).toHaveLength(ids.length)
    expect(score).toEqual(await generator().score(ids))
    expect(await run(on, ids)).toMatchObject(await fresh(ids))
  }
})

describe('salts', () => {
  test('whoever has another finds nothing, by generating or by scoring', async () => {
    const on = generator()
    const prompt = text(15, 50)
    await run(on, prompt, { cache_salt: 'a' })
    await on.score(prompt, { cacheSalt: 'b' })
    expect((await run(on, prompt)).cached).toBe(0)
    expect((await run(on, prompt, { cache_salt: 'c' })).cached).toBe(0)
    const [a, b] = [
      await run(on, prompt, { cache_salt: 'a' }),
      await run(on, prompt, { cache_salt: 'b' }),
    ]
    expect([a.cached, b.cached]).toEqual([49, 49])
    expect(a.ids).toEqual(b.ids)
  })

  test('must be a text of 1 to 256 characters', () => {
    for (const cache_salt of ['', 'x'.repeat(257), 5]) {
      expect(v.safeParse(generationOptions, { cache_salt }).success).toBe(false)
    }
    expect(v.safeParse(generationOptions, { cache_salt: null }).success).toBe(true)
  })
})

test('however many conversations there were, the pages held stay within the budget', async () => {
  const { model, tokenizer } = await loadRandomLlama({ contextLength: CONTEXT })
  const page = model.createCache()
  await model.forward([{ cache: page, tokens: [1] }])
  const perPage = page.bytes
  page.dispose()
  const on = new TextGenerator({ model, tokenizer, contextBytes: perPage * 20 })
  for (let seed = 0; seed < 30; seed++) await run(on, text(seed, 40), { max_tokens: 8 })
  expect(model.pagesHeld).toBeGreaterThan(0)
  expect(model.pagesHeld).toBeLessThanOrEqual(20)
  on.clearContexts()
  expect(model.pagesHeld).toBe(0)
})
