import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import {
  type GenerationEvent,
  type GenerationInput,
  generationOptions,
  type LanguageModel,
  sample,
} from '../../../decoder/index.ts'
import oracle from '../../fixtures/logits-processors.json' with { type: 'json' }
import { certain, scriptedModel, TableModel } from '../../support/table-model.ts'

async function run(
  model: LanguageModel,
  prompt: number[],
  input: GenerationInput,
  signal?: AbortSignal,
): Promise<{ ids: number[]; events: GenerationEvent[]; done: GenerationEvent & { type: 'done' } }> {
  const options = v.parse(generationOptions, input)
  const events: GenerationEvent[] = []
  const cache = model.createCache()
  for await (const event of sample(model, { tokens: prompt, cache }, options, signal))
    events.push(event)
  const done = events.at(-1)!
  if (done.type !== 'done') throw new Error('no done event')
  return {
    ids: events.flatMap((event) => (event.type === 'token' ? [event.id] : [])),
    events,
    done,
  }
}

const script = [3, 4, 5, 0]
const scripted = (config = {}) => scriptedModel(script, 2, { vocabSize: 6, ...config })

describe('stopping', () => {
  test('an end token ends it and is the last event', async () => {
    const { ids, done } = await run(scripted(), [1, 1], { temperature: 0 })
    expect(ids).toEqual([3, 4, 5, 0])
    expect(done).toMatchObject({ finish_reason: 'stop', stop_reason: null })
    expect(done.usage).toEqual({ prompt_tokens: 2, cached_tokens: 0, completion_tokens: 4 })
  })

  test('max_tokens', async () => {
    const { ids, done } = await run(scripted(), [1, 1], { temperature: 0, max_tokens: 3 })
    expect(ids).toEqual([3, 4, 5])
    expect(done.finish_reason).toBe('length')
  })

  test('an end token as the last of max_tokens is an end', async () => {
    const { done } = await run(scripted(), [1, 1], { temperature: 0, max_tokens: 4 })
    expect(done.finish_reason).toBe('stop')
  })

  test('max_tokens 0 computes nothing', async () => {
    const model = scripted()
    const { ids, done } = await run(model, [1, 1], { max_tokens: 0 })
    expect([ids, done.finish_reason, model.fed]).toEqual([[], 'length', []])
  })

  test('a full context', async () => {
    const { ids, done } = await run(scripted({ contextLength: 4 }), [1, 1], { temperature: 0 })
    expect([ids, done.finish_reason]).toEqual([[3, 4], 'length'])
  })

  test('stop_token_ids are reported', async () => {
    const { ids, done } = await run(scripted(), [1, 1], { temperature: 0, stop_token_ids: [4] })
    expect([ids, done.finish_reason, done.stop_reason]).toEqual([[3, 4], 'stop', 4])
  })

  test('ignore_eos goes on', async () => {
    const { ids } = await run(scripted(), [1, 1], {
      temperature: 0,
      ignore_eos: true,
      max_tokens: 6,
    })
    expect(ids).toEqual([3, 4, 5, 0, 0, 0])
  })

  test('min_tokens holds every end token back, of several too', async () => {
    const model = scripted({ eosIds: [4, 0] })
    const { ids } = await run(model, [1, 1], { temperature: 0, min_tokens: 4, max_tokens: 8 })
    expect(ids.slice(0, 4)).not.toContain(4)
    expect(ids.slice(0, 4)).not.toContain(0)
    expect(ids).toHaveLength(5)
  })

  test('an abort ends it within a token', async () => {
    const signal = { aborted: false }
    const model = new TableModel((tokens) => {
      if (tokens.length === 5) signal.aborted = true
      return certain(1, 4)
    })
    const { ids, done } = await run(model, [1, 1], {}, signal as AbortSignal)
    expect(ids.length).toBeLessThanOrEqual(4)
    expect(done.finish_reason).toBe('abort')
  })

  test('an abort before the first token computes nothing', async () => {
    const model = scripted()
    const { done } = await run(model, [1, 1], {}, { aborted: true } as AbortSignal)
    expect([done.finish_reason, model.fed]).toEqual(['abort', []])
  })
})

describe('greedy with processors', () => {
  const logits = [-9, 1, 4, 4.5, 5]
  const greedy = async (input: GenerationInput) => {
    const model = new TableModel(() => logits, { eosIds: [0] })
    return run(model, [4, 4], { temperature: 0, max_tokens: 6, ...input })
  }

  test.each<[GenerationInput, number[]]>([
    [{}, [4, 4, 4, 4, 4, 4]],
    [{ repetition_penalty: 1.2 }, [3, 4, 4, 4, 4, 4]],
    [{ frequency_penalty: 0.4 }, [4, 4, 3, 4, 3, 2]],
    [{ presence_penalty: 0.6 }, [4, 3, 4, 4, 4, 4]],
    [{ no_repeat_ngram_size: 2 }, [3, 4, 2, 4, 1, 4]],
    [{ logit_bias: { 1: 10 } }, [1, 1, 1, 1, 1, 1]],
    [{ suppress_tokens: [4, 3] }, [2, 2, 2, 2, 2, 2]],
    [{ allowed_token_ids: [1, 2] }, [2, 2, 2, 2, 2, 2]],
    [{ bad_words_ids: [[4, 4]] }, [3, 4, 3, 4, 3, 4]],
    [{ forced_eos_token_id: 0 }, [4, 4, 4, 4, 4, 0]],
    [{ forced_bos_token_id: 2 }, [4, 4, 4, 4, 4, 4]],
    [{ exponential_decay_length_penalty: [1, 2] }, [4, 4, 4, 0]],
    [{ exponential_decay_length_penalty: [1, 2], min_tokens: 5 }, [4, 4, 4, 4, 4, 0]],
  ])('%j', async (input, expected) => {
    expect((await greedy(input)).ids).toEqual(expected)
  })

  test.each(oracle.greedy.map((entry, index) => ({ ...entry, index })))(
    'as Hugging Face generate: $index $options after $prompt',
    async ({ options, table, prompt, expected }) => {
      const model = new TableModel((tokens) => table[tokens.at(-1)!]!, { eosIds: [0] })
      const input = { ...(options as unknown as GenerationInput), temperature: 0 }
      expect((await run(model, prompt, input)).ids).toEqual(expected)
    },
  )

  test('what is reported stays the model’s own opinion', async () => {
    const { events } = await greedy({ logit_bias: { 1: 100 }, top_logprobs: 1, max_tokens: 1 })
    const normaliser = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0))
    const [token] = events
    if (token?.type !== 'token') throw new Error('no token')
    expect(token.id).toBe(1)
    expect(token.logprob).toBeCloseTo(1 - normaliser, 6)
    expect(token.top[0]).toMatchObject({ id: 4 })
  })

  test('contradictions that leave no token are said so', async () => {
    await expect(greedy({ allowed_token_ids: [3], suppress_tokens: [3] })).rejects.toThrow(
      /No token is left/,
    )
  })

  test('a forced first token follows a prompt of one', async () => {
    const model = new TableModel(() => logits, { eosIds: [0] })
    const input = { temperature: 0, max_tokens: 3, forced_bos_token_id: 2 }
    expect((await run(model, [4], input)).ids).toEqual([2, 4, 4])
  })
})

describe('sampling', () => {
  const logits = [0, 1, 2, 3, 0.5]
  const table = () => new TableModel(() => logits, { eosIds: [], contextLength: 5000 })

  test('same seed, same tokens; another seed, others', async () => {
    const a = await run(table(), [1], { seed: 7, max_tokens: 40 })
    expect((await run(table(), [1], { seed: 7, max_tokens: 40 })).ids).toEqual(a.ids)
    expect((await run(table(), [1], { seed: -2, max_tokens: 40 })).ids).not.toEqual(a.ids)
  })

  test('frequencies follow softmax(logits / temperature): chi-square at 0.1 %', async () => {
    const { ids } = await run(table(), [1], { seed: 3, temperature: 1.5, max_tokens: 4000 })
    const weights = logits.map((x) => Math.exp(x / 1.5))
    const total = weights.reduce((a, b) => a + b)
    const chiSquare = weights.reduce((sum, weight, id) => {
      const expected = (4000 * weight) / total
      return sum + (ids.filter((x) => x === id).length - expected) ** 2 / expected
    }, 0)
    expect(chiSquare).toBeLessThan(18.5) // 4 degrees of freedom
  })

  test('top_k 1, a tiny top_p and min_p 1 are greedy', async () => {
    for (const filter of [{ top_k: 1 }, { top_p: 0 }, { min_p: 1 }]) {
      const { ids } = await run(table(), [1], { ...filter, seed: 5, max_tokens: 20 })
      expect(new Set(ids)).toEqual(new Set([3]))
    }
  })

  test('logprob, entropy and alternatives are the model’s own, before temperature and filters', async () => {
    const { events } = await run(table(), [1], {
      seed: 5,
      top_k: 2,
      temperature: 0.3,
      top_logprobs: 3,
      max_tokens: 5,
    })
    const normaliser = Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0))
    const entropy = logits.reduce((sum, x) => sum - Math.exp(x - normaliser) * (x - normaliser), 0)
    for (const event of events) {
      if (event.type !== 'token') continue
      expect(event.logprob).toBeCloseTo(logits[event.id]! - normaliser, 9)
      expect(event.entropy).toBeCloseTo(entropy, 9)
      expect(event.top.map(({ id }) => id)).toEqual([3, 2, 1])
    }
  })
})

test('a long prompt is fed in passes, and only what the cache lacks', async () => {
  const model = new TableModel(() => certain(0, 4), { parameters: 1e9, contextLength: 200 })
  const cache = model.createCache()
  await model.forward([{ cache, tokens: [1, 1, 1] }])
  const options = v.parse(generationOptions, { temperature: 0 })
  const prompt = new Array(30).fill(1)
  const events = []
  for await (const event of sample(model, { tokens: prompt, cache }, options)) events.push(event)
  expect(model.fed.slice(1).map((tokens) => tokens.length)).toEqual([8, 8, 8, 3])
  expect(events.at(-1)).toMatchObject({ usage: { prompt_tokens: 30, cached_tokens: 3 } })
})
