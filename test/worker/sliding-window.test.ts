import { expect, inject, test } from 'vitest'
import { CHAT, COMPLETION, chat, completion, post, stream } from '../support/api.ts'

/** Our own engine with the default model. */
const edge = inject('edgeUrl')
/** A model whose cache does not slide. */
const toy = inject('toyUrl')

const LONG = { temperature: 0, ignore_eos: true, sliding_window: {} }

test('an answer longer than the context, streamed or not', async () => {
  const { data } = await (await fetch(new URL('/v1/models', edge))).json()
  const max_tokens = data[0].context_length + 50
  const plain = await post(edge, COMPLETION, completion('hello', { ...LONG, max_tokens }))
  expect(plain.status).toBe(200)
  expect(plain.headers.get('x-ignored-params')).toBeNull()
  expect(plain.json.usage.completion_tokens).toBe(max_tokens)
  expect(plain.json.choices[0].finish_reason).toBe('length')
  const { events, ended } = await stream(
    edge,
    COMPLETION,
    completion('hello', { ...LONG, max_tokens }),
  )
  expect(ended).toBe(true)
  const text = events.map(({ choices }) => choices[0]?.text ?? '').join('')
  expect(text).toBe(plain.json.choices[0].text)
})

test.each<[string, object]>([
  ['sliding_window.sinks', { sliding_window: { sinks: -1 } }],
  ['sliding_window.window', { sliding_window: { window: 0 } }],
  ['sliding_window.size', { sliding_window: { size: 4 } }],
  ['sliding_window.window', { sliding_window: { window: 2 ** 20 } }],
  ['sliding_window', { sliding_window: {}, num_beams: 2 }],
  ['max_tokens', { sliding_window: {}, max_tokens: 2 ** 15 + 1 }],
  ['prompt_logprobs', { sliding_window: {}, prompt_logprobs: 0 }],
])('refused by name: %s: %j', async (param, more) => {
  for (const [path, body] of [
    [CHAT, chat('hello', { max_tokens: 4, ...more })],
    [COMPLETION, completion('hello', { max_tokens: 4, ...more })],
  ] as const) {
    const { status, json } = await post(edge, path, body)
    expect([status, json.error.param]).toEqual([400, param])
  }
})

test('refused: no end, probabilities of the prompt, and a cache that does not slide', async () => {
  const refusals = [
    ['max_tokens', edge, CHAT, chat('hello', { sliding_window: {}, max_tokens: null })],
    [
      'echo',
      edge,
      COMPLETION,
      completion('hello', { sliding_window: {}, echo: true, logprobs: 0 }),
    ],
    ['sliding_window', toy, CHAT, chat('say:a|', { sliding_window: {}, max_tokens: 4 })],
  ] as const
  for (const [param, base, path, body] of refusals) {
    const { status, json } = await post(base, path, body)
    expect([status, json.error.param]).toEqual([400, param])
  }
})
