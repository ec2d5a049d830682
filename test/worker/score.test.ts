import { describe, expect, inject, test } from 'vitest'
import { CHAT, COMPLETION, chat, completion, type Json, post, stream } from '../support/api.ts'

const url = inject('toyUrl')
const edge = inject('edgeUrl')
const TEXT = 'Do you have rooms for tonight? Yes, we do.'

const score = async (body: object, base = edge) => (await post(base, '/v1/score', body)).json
const sum = (values: (number | null)[]) => values.reduce<number>((a, b) => a + (b ?? 0), 0)
const tokenize = async (content: string) =>
  (await post(edge, '/tokenize', { content })).json.tokens as number[]

describe('POST /v1/score', () => {
  test('a text, token by token, and its sums', async () => {
    const ids = await tokenize(TEXT)
    const { tokens, nll, perplexity, bits_per_byte, usage, model } = await score({ text: TEXT })
    expect(tokens.map(({ id }: Json) => id)).toEqual(ids)
    expect(tokens.map(({ text }: Json) => text).join('')).toBe(TEXT)
    expect([tokens[0].logprob, tokens[0].entropy]).toEqual([null, null])
    const logprobs = tokens.slice(1).map(({ logprob }: Json) => logprob)
    expect(logprobs.every((value: number) => value < 0)).toBe(true)
    expect(nll).toBeCloseTo(-sum(logprobs), 8)
    expect(perplexity).toBeCloseTo(Math.exp(nll / (ids.length - 1)), 6)
    const bytes = TEXT.length - tokens[0].text.length
    expect(bits_per_byte).toBeCloseTo(nll / Math.LN2 / bytes, 8)
    expect([model, usage.prompt_tokens]).toEqual(['edgewise-chat', ids.length])
  })

  test('token ids and a chat are scored as what they stand for', async () => {
    const byText = await score({ text: TEXT })
    expect((await score({ token_ids: await tokenize(TEXT) })).tokens).toEqual(byText.tokens)
    const messages = [
      { role: 'user', content: 'hello' },
      { role: 'assistant', content: 'Hi!' },
    ]
    const rendered = '<|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\nHi!<|im_end|>\n'
    expect((await score({ messages })).tokens).toEqual((await score({ text: rendered })).tokens)
  })

  test('equals what the model said of its own answer, one token after another', async () => {
    for (const more of [{ temperature: 0 }, { num_beams: 4 }, { temperature: 1, seed: 4 }]) {
      const prompt = await tokenize('The garden')
      const { json } = await post(edge, COMPLETION, {
        prompt,
        max_tokens: 12,
        logprobs: 0,
        ...more,
      })
      const { logprobs, text, score: own } = json.choices[0]
      const answer = await tokenize(text)
      // Only where the tokenizer would cut the answer as the model did is the text the same tokens.
      if (answer.length !== logprobs.tokens.length) continue
      const { tokens } = await score({ token_ids: [...prompt, ...answer] })
      const scored = tokens.slice(prompt.length).map(({ logprob }: Json) => logprob)
      for (const [i, value] of scored.entries()) {
        expect(value).toBeCloseTo(logprobs.token_logprobs[i], 3)
      }
      if (own !== undefined) expect(own).toBeCloseTo(sum(scored) / scored.length, 3)
    }
  })

  test('a text of one token has nothing to be judged by', async () => {
    const json = await score({ token_ids: [300] })
    expect([json.nll, json.perplexity, json.bits_per_byte]).toEqual([0, null, null])
  })

  test.each<[string, object]>([
    ['text', {}],
    ['text', { text: '' }],
    ['messages', { text: 'a', messages: [{ role: 'user', content: 'a' }] }],
    ['token_ids', { token_ids: [] }],
    ['token_ids[1]', { token_ids: [5, 99_999] }],
    ['messages[0].role', { messages: [{ role: 'judge', content: 'a' }] }],
    ['text', { text: 'word '.repeat(5000) }],
    ['model', { text: 'a', model: 'another' }],
  ])('refuses by name: %s', async (param, body) => {
    const { status, json } = await post(edge, '/v1/score', body)
    expect([status >= 400 && status < 500, json.error.param]).toEqual([true, param])
  })

  test('a full context is scored, one more token is not', async () => {
    const { data } = await (await fetch(new URL('/v1/models', edge))).json()
    const context: number = data[0].context_length
    const full = await score({ token_ids: new Array(context).fill(300) })
    expect(full.tokens).toHaveLength(context)
    const token_ids = new Array(context + 1).fill(300)
    const { json } = await post(edge, '/v1/score', { token_ids })
    expect(json.error.code).toBe('context_length_exceeded')
  })
})

// ggml-org/llama.cpp#27174, EleutherAI/lm-evaluation-harness#1411
describe('echo with logprobs', () => {
  test.each([0, 1])(
    'max_tokens %i: an entry a prompt token and a generated one',
    async (max_tokens) => {
      const ids = await tokenize(TEXT)
      const { nll } = await score({ text: TEXT })
      for (const prompt of [TEXT, ids]) {
        // An end token would have a name, but no place in the text.
        const min_tokens = max_tokens
        const body = { prompt, max_tokens, min_tokens, echo: true, logprobs: 1, temperature: 0 }
        const { status, json } = await post(edge, COMPLETION, body)
        expect(status).toBe(200)
        const [{ logprobs, text }] = json.choices
        expect(logprobs.tokens).toHaveLength(ids.length + max_tokens)
        expect(logprobs.token_logprobs[0]).toBeNull()
        expect(logprobs.top_logprobs[0]).toBeNull()
        expect(sum(logprobs.token_logprobs.slice(0, ids.length))).toBeCloseTo(-nll, 5)
        for (const key of ['token_logprobs', 'top_logprobs', 'text_offset']) {
          expect(logprobs[key]).toHaveLength(ids.length + max_tokens)
        }
        for (const [i, token] of logprobs.tokens.entries()) {
          expect(text.startsWith(token, logprobs.text_offset[i])).toBe(true)
          if (i > 0) expect(logprobs.top_logprobs[i][token]).toBe(logprobs.token_logprobs[i])
        }
        expect(text.startsWith(TEXT)).toBe(true)
        expect(json.usage.completion_tokens).toBe(max_tokens)
        if (max_tokens === 0)
          expect([text, json.choices[0].finish_reason]).toEqual([TEXT, 'length'])

        const { events } = await stream(edge, COMPLETION, body)
        const parts = events.map((event) => event.choices[0].logprobs)
        for (const key of ['tokens', 'token_logprobs', 'top_logprobs', 'text_offset']) {
          expect(parts.flatMap((part) => part[key])).toEqual(logprobs[key])
        }
      }
    },
  )

  // vllm-project/vllm#5344
  test('of a prompt that is cached in whole, in part, or not', async () => {
    const ids = (await tokenize(TEXT.repeat(6))).slice(0, 100)
    await post(edge, COMPLETION, { prompt: ids, max_tokens: 3 })
    for (const prompt of [ids, ids.slice(0, 60), [...ids, ...ids.slice(0, 20)]]) {
      const body = { prompt, max_tokens: 2, echo: true, logprobs: 0, temperature: 0 }
      const { status, json } = await post(edge, COMPLETION, body)
      expect(status).toBe(200)
      const generated = json.usage.completion_tokens
      expect(json.choices[0].logprobs.tokens).toHaveLength(prompt.length + generated)
      expect(json.usage.prompt_tokens_details.cached_tokens).toBe(0)
      const plain = await post(edge, COMPLETION, { prompt, max_tokens: 2, temperature: 0 })
      expect(json.choices[0].text.endsWith(plain.json.choices[0].text)).toBe(true)
    }
  })

  test('several prompts and answers: each choice has its own prompt’s', async () => {
    const body = { prompt: ['one two', 'three'], n: 2, max_tokens: 1, echo: true, logprobs: 0 }
    const { json } = await post(edge, COMPLETION, { ...body, seed: 1 })
    const texts = json.choices.map(({ logprobs }: Json) => logprobs.tokens.slice(0, -1).join(''))
    expect(texts).toEqual(['one two', 'one two', 'three', 'three'])
  })

  test('control tokens in the prompt: offsets are those of the text', async () => {
    const prompt = 'say:a|<|im_end|>b'
    const { json } = await post(
      url,
      COMPLETION,
      completion(prompt, { echo: true, logprobs: 0, max_tokens: 0 }),
    )
    const { tokens, text_offset } = json.choices[0].logprobs
    for (const [i, token] of tokens.entries()) {
      expect(prompt.startsWith(token, text_offset[i])).toBe(true)
    }
  })
})

describe('prompt_logprobs', () => {
  test('vLLM’s lists: on each completion, and once on a chat', async () => {
    const ids = await tokenize(TEXT)
    const { tokens } = await score({ text: TEXT })
    const { json } = await post(edge, COMPLETION, {
      prompt: TEXT,
      max_tokens: 1,
      prompt_logprobs: 2,
    })
    const list = json.choices[0].prompt_logprobs
    expect(list).toHaveLength(ids.length)
    expect(list[0]).toBeNull()
    for (const [i, id] of ids.entries()) {
      if (i === 0) continue
      expect(list[i][id].logprob).toBeCloseTo(tokens[i].logprob, 6)
      expect(list[i][id].decoded_token).toBe(tokens[i].text)
      const ranks = Object.values<Json>(list[i]).map(({ rank }) => rank)
      expect(ranks.sort((a, b) => a - b).slice(0, 2)).toEqual([1, 2])
      expect(Object.keys(list[i]).length).toBe(list[i][id].rank > 2 ? 3 : 2)
    }
    const answer = await post(url, CHAT, chat('say:a|', { prompt_logprobs: 0 }))
    const prompt = answer.json.usage.prompt_tokens
    expect(answer.json.prompt_logprobs).toHaveLength(prompt)
    expect(
      answer.json.prompt_logprobs.slice(1).every((entry: Json) => Object.keys(entry).length === 1),
    ).toBe(true)
  })

  test.each([[-1], [21], [1.5], [true]])('refuses %j', async (prompt_logprobs) => {
    const { status, json } = await post(url, CHAT, chat('say:a|', { prompt_logprobs }))
    expect([status, json.error.param]).toEqual([400, 'prompt_logprobs'])
  })

  test('not in a stream', async () => {
    const { status, json } = await post(
      url,
      CHAT,
      chat('say:a|', { prompt_logprobs: 0, stream: true }),
    )
    expect([status, json.error.param]).toEqual([400, 'prompt_logprobs'])
  })
})
