import { describe, expect, inject, test } from 'vitest'
import {
  CHAT,
  COMPLETION,
  chat,
  completion,
  finishes,
  type Json,
  joined,
  post,
  stream,
} from '../support/api.ts'

const url = inject('toyUrl')
/** Has no draft model. */
const edge = inject('edgeUrl')

/** Methods that the toy worker has the means for. */
const METHODS = ['ngram', 'draft_model', 'tree', 'lookahead'] as const
const SAYING = 'say:she sells sea shells, she sells sea shells, and she shells peas|'

const textOf = (json: Json) =>
  json.choices.map(({ text, message }: Json) => text ?? message.content)

describe.each(METHODS)('%s', (method) => {
  test.each([1, 2, 4, 8])(
    '%i tokens ahead: the same answer, probabilities and end',
    async (num_tokens) => {
      const speculative = { method, num_tokens }
      for (const [path, body] of [
        [CHAT, chat(SAYING, { logprobs: true, top_logprobs: 2 })],
        [COMPLETION, completion(SAYING, { logprobs: 2 })],
        [COMPLETION, completion('loop:na |', { max_tokens: 23 })],
        [COMPLETION, completion('loop:na |', { max_tokens: 1 })],
        [CHAT, chat('say:Hello world. The stop is中文|', { stop: ['op is'], logprobs: true })],
      ] as const) {
        const plain = await post(url, path, body)
        const guessed = await post(url, path, { ...body, speculative })
        expect(guessed.status).toBe(200)
        expect(guessed.headers.get('x-ignored-params')).toBeNull()
        expect(guessed.json.choices).toEqual(plain.json.choices)
        for (const field of ['prompt_tokens', 'completion_tokens', 'total_tokens']) {
          expect(guessed.json.usage[field]).toBe(plain.json.usage[field])
        }
        expect(plain.json.usage).not.toHaveProperty('speculation')
      }
    },
  )

  test('streams too', async () => {
    const more = { speculative: { method }, stream_options: { include_usage: true } }
    for (const [path, body] of [
      [CHAT, chat(SAYING)],
      [COMPLETION, completion(SAYING)],
    ] as const) {
      const { json } = await post(url, path, body)
      const { events, ended } = await stream(url, path, { ...body, ...more })
      expect(ended).toBe(true)
      expect(joined(events)).toBe(textOf(json)[0])
      expect(finishes(events)).toEqual(['stop'])
      expect(events.at(-1).usage.speculation.accepted).toBeGreaterThan(0)
    }
  })

  test('usage says what the guesses were worth', async () => {
    const body = completion('loop:na |', { max_tokens: 41, speculative: { method, num_tokens: 5 } })
    const { usage } = (await post(url, COMPLETION, body)).json
    const { proposed, accepted, passes, tokens_per_pass } = usage.speculation
    // The prompt's pass makes the first token, and each of the others one and what it accepts.
    expect(1 + passes + accepted).toBe(41)
    expect(tokens_per_pass).toBeCloseTo(40 / passes, 10)
    expect(tokens_per_pass).toBeGreaterThan(1.5)
    expect(usage.completion_tokens_details).toEqual({
      accepted_prediction_tokens: accepted,
      rejected_prediction_tokens: proposed - accepted,
    })
  })

  test('a stop string in the middle of a pass: what comes after it was not accepted', async () => {
    const body = completion('loop:one two |', { stop: ['two one t'] })
    const speculative = { method, num_tokens: 16 }
    const { choices, usage } = (await post(url, COMPLETION, { ...body, speculative })).json
    expect(choices[0]).toMatchObject({ text: 'one ', stop_reason: 'two one t' })
    const { passes, accepted } = usage.speculation
    expect(usage.completion_tokens).toBe('one two one t'.length)
    expect(accepted).toBeLessThanOrEqual(usage.completion_tokens - 1)
    expect(accepted).toBeGreaterThanOrEqual(usage.completion_tokens - 1 - passes)
  })

  test('several answers to several prompts', async () => {
    const body = completion(['say:to be or not to be|', 'loop:ha |'], { n: 2, max_tokens: 30 })
    const plain = await post(url, COMPLETION, body)
    const guessed = await post(url, COMPLETION, { ...body, speculative: { method } })
    expect(textOf(guessed.json)).toEqual(textOf(plain.json))
    const { passes, accepted } = guessed.json.usage.speculation
    // Where an end token was guessed, the pass makes no token after it.
    const ended = 4 + passes + accepted - guessed.json.usage.completion_tokens
    expect([0, 2]).toContain(ended)
  })
})

describe('drawn', () => {
  const body = completion('dice:abcabd|', { temperature: 1, max_tokens: 24, seed: 11 })

  test.each(['ngram', 'tree', 'lookahead'])(
    '%s: the same text for the same seed',
    async (method) => {
      const plain = await post(url, COMPLETION, body)
      const guessed = await post(url, COMPLETION, { ...body, speculative: { method } })
      expect(textOf(guessed.json)).toEqual(textOf(plain.json))
    },
  )

  test('draft_model: one seed, one text; a draft that is the model itself is never wrong', async () => {
    const speculative = { method: 'draft_model' }
    const first = await post(url, COMPLETION, { ...body, speculative })
    const again = await post(url, COMPLETION, { ...body, speculative })
    expect(textOf(first.json)).toEqual(textOf(again.json))
    expect(textOf(first.json)[0]).toMatch(/^[abcd]{24}$/)
    expect(first.json.usage.completion_tokens_details.rejected_prediction_tokens).toBe(0)
  })
})

describe('lossy, and named so', () => {
  const body = completion('dice:ab|', { max_tokens: 16, ignore_eos: true })
  const ask = async (speculative: object) =>
    textOf((await post(url, COMPLETION, { ...body, speculative })).json)[0]

  test('threshold: a guess as likely as half is taken below a half, and not above', async () => {
    // The likeliest of two that are equal is the one with the lower id: a. In the prompt, a a is followed by b.
    const [plain] = textOf((await post(url, COMPLETION, body)).json)
    expect(plain).toBe('a'.repeat(16))
    const prompt = 'aab dice:ab|'
    const lossy = { method: 'ngram', acceptance: 'threshold' }
    const at = async (threshold: number) => {
      const speculative = { ...lossy, threshold }
      return textOf((await post(url, COMPLETION, { ...body, prompt, speculative })).json)[0]
    }
    expect(await at(0.6)).toBe(plain)
    expect(await at(0.4)).toContain('b')
    expect(await ask({ method: 'ngram' })).toBe(plain)
  })

  test('search: a tree’s likeliest branch', async () => {
    const tree = { method: 'tree', acceptance: 'search', widths: [3, 2], branches: 5 }
    expect(await ask(tree)).toMatch(/^[ab]{16}$/)
    const said = { ...completion(SAYING), speculative: tree }
    expect(textOf((await post(url, COMPLETION, said)).json)).toEqual([SAYING.slice(4, -1)])
  })
})

describe('chunks', () => {
  test.each([2, 3, 8])('of %i, as many passes as it takes: the same answer', async (chunk_size) => {
    for (const [path, body] of [
      [CHAT, chat(SAYING, { logprobs: true, top_logprobs: 2 })],
      [COMPLETION, completion('loop:na |', { max_tokens: 23, logprobs: 1 })],
      [COMPLETION, completion('say:one two three|', { stop: 'wo th' })],
    ] as const) {
      const plain = await post(url, path, body)
      const chunks = await post(url, path, { ...body, semi_autoregressive: { chunk_size } })
      expect(chunks.json.choices).toEqual(plain.json.choices)
      expect(chunks.json.usage.completion_tokens).toBe(plain.json.usage.completion_tokens)
    }
  })

  test('one pass each: fewer passes than tokens', async () => {
    const body = completion('loop:aaaa|', {
      max_tokens: 33,
      semi_autoregressive: { chunk_size: 8, passes: 1 },
    })
    const { choices, usage } = (await post(url, COMPLETION, body)).json
    expect(choices[0].text).toBe('a'.repeat(33))
    expect(usage.speculation.passes).toBe(5)
    expect(usage.speculation.tokens_per_pass).toBeCloseTo(32 / 5, 10)
  })
})

describe('refused by name', () => {
  test.each<[string, object]>([
    ['speculative.method', { speculative: {} }],
    ['speculative.method', { speculative: { method: 'oracle' } }],
    ['speculative.method', { speculative: { method: 'mtp' } }],
    ['speculative', { speculative: 'ngram' }],
    ['speculative.num_tokens', { speculative: { method: 'ngram', num_tokens: 0 } }],
    ['speculative.num_tokens', { speculative: { method: 'ngram', num_tokens: 17 } }],
    ['speculative.num_tokens', { speculative: { method: 'ngram', num_tokens: 2.5 } }],
    ['speculative.draft', { speculative: { method: 'ngram', draft: 'x' } }],
    ['speculative.threshold', { speculative: { method: 'ngram', acceptance: 'threshold' } }],
    ['speculative.threshold', { speculative: { method: 'ngram', threshold: 0.5 } }],
    [
      'speculative.threshold',
      { speculative: { method: 'ngram', acceptance: 'threshold', threshold: 1 } },
    ],
    ['speculative.acceptance', { speculative: { method: 'ngram', acceptance: 'search' } }],
    ['speculative.acceptance', { speculative: { method: 'tree', acceptance: 'hope' } }],
    ['speculative.widths', { speculative: { method: 'ngram', widths: [2] } }],
    ['speculative.widths[1]', { speculative: { method: 'tree', widths: [2, 0] } }],
    ['speculative.widths', { speculative: { method: 'tree', widths: [] } }],
    ['speculative.branches', { speculative: { method: 'tree', branches: 17 } }],
    ['speculative.branches', { speculative: { method: 'lookahead', branches: 2 } }],
    ['speculative.nodes', { speculative: { method: 'tree', nodes: 65 } }],
    ['speculative', { speculative: { method: 'ngram' }, num_beams: 2 }],
    ['semi_autoregressive.chunk_size', { semi_autoregressive: {} }],
    ['semi_autoregressive.chunk_size', { semi_autoregressive: { chunk_size: 1 } }],
    ['semi_autoregressive.chunk_size', { semi_autoregressive: { chunk_size: 9 } }],
    ['semi_autoregressive.passes', { semi_autoregressive: { chunk_size: 2, passes: 0 } }],
    ['semi_autoregressive', { semi_autoregressive: { chunk_size: 2 }, temperature: 0.5 }],
    ['semi_autoregressive', { semi_autoregressive: { chunk_size: 2 }, num_beams: 2 }],
    [
      'semi_autoregressive',
      { semi_autoregressive: { chunk_size: 2 }, speculative: { method: 'ngram' } },
    ],
  ])('%s: %j', async (param, more) => {
    for (const [path, body] of [
      [CHAT, chat('say:a|', more)],
      [COMPLETION, completion('say:a|', more)],
    ] as const) {
      const { status, json } = await post(url, path, body)
      expect([status, json.error.param]).toEqual([400, param])
      // Valibot's word for a key that isn't in the schema.
      expect(json.error.message).not.toMatch(/\bnever\b/)
    }
  })

  test('what the served model has no means for', async () => {
    for (const [base, method, means] of [
      [edge, 'draft_model', /draft model/],
      [url, 'mtp', /multi-token heads/],
    ] as const) {
      const body = chat('hello', { max_tokens: 4, speculative: { method } })
      const { status, json } = await post(base, CHAT, body)
      expect([status, json.error.param]).toEqual([400, 'speculative.method'])
      expect(json.error.message).toMatch(means)
    }
  })
})

describe('the served model', () => {
  test.each(['ngram', 'mtp', 'tree', 'lookahead'])('%s', async (method) => {
    const body = chat('can you book a table for two tonight', { max_tokens: 24 })
    const plain = await post(edge, CHAT, body)
    const guessed = await post(edge, CHAT, { ...body, speculative: { method } })
    expect(textOf(guessed.json)).toEqual(textOf(plain.json))
    expect(guessed.json.usage.speculation.passes).toBeGreaterThan(0)
  })
})
