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

/** One generation four ways: both endpoints, whole and streamed. */
async function everyWay(script: string, more: object = {}) {
  const [c, cs, p, ps] = await Promise.all([
    post(url, CHAT, chat(script, more)),
    stream(url, CHAT, chat(script, more)),
    post(url, COMPLETION, completion(script, more)),
    stream(url, COMPLETION, completion(script, more)),
  ])
  return [
    { text: c.json.choices[0].message.content, finish: [c.json.choices[0].finish_reason] },
    { text: joined(cs.events), finish: finishes(cs.events) },
    { text: p.json.choices[0].text, finish: [p.json.choices[0].finish_reason] },
    { text: joined(ps.events), finish: finishes(ps.events) },
  ]
}

const same = (text: string, finish: string) => Array(4).fill({ text, finish: [finish] })

describe('stop strings', () => {
  // mzau/mlx-knife#68: tokens are "Hello", " world", ". The", " sto", "p is", then one a byte.
  test('one that lies over two tokens ends the text before it', async () => {
    const got = await everyWay('say:Hello world. The stop is near|', { stop: 'stop' })
    expect(got).toEqual(same('Hello world. The ', 'stop'))
  })

  // ggml-org/llama.cpp#9867
  test('real text in the token where a stop begins is kept', async () => {
    expect(await everyWay('say:Hello world. The end|', { stop: 'd. T' })).toEqual(
      same('Hello worl', 'stop'),
    )
  })

  // ggml-org/llama.cpp#9867
  test('what was held back as a possible stop is released at the end', async () => {
    expect(await everyWay('say:Hello world|', { stop: 'dX' })).toEqual(same('Hello world', 'stop'))
  })

  // ikawrakow/ik_llama.cpp#810
  test('a near match breaks no character after it', async () => {
    const text = '👋🏽🌍 中文 and 👩‍👩‍👧 again 中文'
    const got = await everyWay(`say:${text}|`, { stop: ['👋🏽🌍x', '中文x'] })
    expect(got).toEqual(same(text, 'stop'))
  })

  // smg-project/smg#2203
  test('a long stop that never comes holds nothing back', async () => {
    const { events } = await stream(
      url,
      CHAT,
      chat('say:abcdefghijklmnop|', { stop: 'Z'.repeat(60) }),
    )
    const deltas = events.map((event) => event.choices[0]?.delta.content).filter(Boolean)
    expect(deltas.join('')).toBe('abcdefghijklmnop')
    expect(deltas.length).toBeGreaterThan(10)
    expect(JSON.stringify(events)).not.toContain('<|')
  })

  test('stop_reason says what matched', async () => {
    const { json } = await post(url, CHAT, chat('say:Hello world|', { stop: ['x', ' wor'] }))
    expect(json.choices[0]).toMatchObject({ finish_reason: 'stop', stop_reason: ' wor' })
  })

  test('include_stop_str_in_output leaves it in', async () => {
    const { json } = await post(
      url,
      CHAT,
      chat('say:Hello world. The|', { stop: ' world', include_stop_str_in_output: true }),
    )
    expect(json.choices[0].message.content).toBe('Hello world')
  })

  // vllm-project/vllm#21987
  test('min_tokens holds against a stop string', async () => {
    const { json } = await post(
      url,
      CHAT,
      chat('loop:ab|', { stop: 'a', min_tokens: 30, max_tokens: 60 }),
    )
    expect(json.choices[0].message.content).toBe('ab'.repeat(15))
    expect(json.choices[0].finish_reason).toBe('stop')
  })
})

describe('characters of several tokens', () => {
  // tenstorrent/tt-inference-server#2594
  test.each(['🌍', '👩‍👩‍👧‍👦', '👋🏽', '中', 'é'])(
    '%s arrives whole, in one piece',
    async (character) => {
      const { events } = await stream(url, CHAT, chat(`say:a${character}b|`))
      const deltas = events.map((event: Json) => event.choices[0]?.delta.content ?? '')
      expect(deltas.join('')).toBe(`a${character}b`)
      expect(deltas.some((delta: string) => delta.includes(character))).toBe(true)
      expect(deltas.join('')).not.toContain('\ufffd')
    },
  )

  // tenstorrent/tt-inference-server#2594
  test.each([1, 2, 3])(
    'cut after %i of its bytes, all ways give the same valid text',
    async (max_tokens) => {
      const got = await everyWay('say:🌍|', { max_tokens })
      expect(new Set(got.map(({ text }) => text)).size).toBe(1)
      expect(got[0]!.text.isWellFormed()).toBe(true)
      expect(got.every(({ finish }) => finish[0] === 'length')).toBe(true)
    },
  )
})

describe('usage in streams', () => {
  const usages = (events: Json[]) =>
    events.map((event) => event.usage).filter((usage) => usage != null)

  // vllm-project/vllm#36379
  test.each([[undefined], [{}], [{ include_usage: false }]])(
    'none with %j',
    async (stream_options) => {
      for (const path of [CHAT, COMPLETION]) {
        const body = path === CHAT ? chat('say:Hello|') : completion('say:Hello|')
        const { events } = await stream(url, path, { ...body, stream_options })
        expect(events.some((event) => 'usage' in event)).toBe(false)
      }
    },
  )

  // vllm-project/vllm#36379
  test('one extra chunk with the counts of the whole answer', async () => {
    for (const path of [CHAT, COMPLETION]) {
      const body = path === CHAT ? chat('say:Hello there|') : completion('say:Hello there|')
      const whole = await post(url, path, body)
      const { events, ended } = await stream(url, path, {
        ...body,
        stream_options: { include_usage: true },
      })
      expect(ended).toBe(true)
      expect(events.at(-1)).toMatchObject({ choices: [] })
      const counts = ({ prompt_tokens, completion_tokens, total_tokens }: Json) => [
        prompt_tokens,
        completion_tokens,
        total_tokens,
      ]
      expect(usages(events).map(counts)).toEqual([counts(whole.json.usage)])
      expect(events.slice(0, -1).every((event) => event.usage === null)).toBe(true)
    }
  })

  // vllm-project/vllm#36379
  test('stream_options without stream is refused', async () => {
    const { status, json } = await post(
      url,
      CHAT,
      chat('say:x|', { stream_options: { include_usage: true } }),
    )
    expect(status).toBe(400)
    expect(json.error.param).toBe('stream_options')
  })
})

describe('finish reasons', () => {
  // ggml-org/llama.cpp#7198
  test('length when max_tokens cut it, stop when the end came as the last token allowed', async () => {
    expect(await everyWay('say:abcdef|', { max_tokens: 3 })).toEqual(same('abc', 'length'))
    expect(await everyWay('say:abc|', { max_tokens: 4 })).toEqual(same('abc', 'stop'))
  })

  test('stop_token_ids and ignore_eos', async () => {
    const { json } = await post(url, '/tokenize', { content: 'c' })
    const { json: stopped } = await post(
      url,
      CHAT,
      chat('say:abcde|', { stop_token_ids: json.tokens }),
    )
    expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', stop_reason: json.tokens[0] })
    const { json: endless } = await post(
      url,
      CHAT,
      chat('say:ab|', { ignore_eos: true, max_tokens: 9 }),
    )
    expect(endless.usage.completion_tokens).toBe(9)
    expect(endless.choices[0].finish_reason).toBe('length')
  })
})

describe('failure in the middle', () => {
  // waybarrios/vllm-mlx#302, Atomic-Germ/OpenFlowLM-Next#64
  test.each([CHAT, COMPLETION])(
    '%s: one error event, then the end, without [DONE]',
    async (path) => {
      const script = 'fail:abcde|'
      const body = path === CHAT ? chat(script) : completion(script)
      const { status, headers, events, ended } = await stream(url, path, body)
      expect(status).toBe(200)
      expect(joined(events)).toBe('abcde')
      expect(finishes(events)).toEqual([])
      expect(ended).toBe(false)
      expect(events.at(-1)).toEqual({
        error: {
          message: 'The server failed while it answered this request.',
          type: 'server_error',
          param: null,
          code: 'internal_error',
          request_id: headers.get('x-request-id'),
        },
      })
      expect(JSON.stringify(events)).not.toContain('secret')
    },
  )

  test('before the first token it has a status of its own', async () => {
    const { status, json, headers } = await post(url, CHAT, chat('fail:|', { stream: true }))
    expect(status).toBe(500)
    expect(headers.get('content-type')).toContain('application/json')
    expect(json.error.code).toBe('internal_error')
  })
})

describe('memory that is spent', () => {
  test('before the first token it is 503, to be tried again', async () => {
    for (const streamed of [false, true]) {
      const { status, json, headers } = await post(url, CHAT, chat('full:|', { stream: streamed }))
      expect([status, json.error.code, json.error.type]).toEqual([
        503,
        'overloaded',
        'server_error',
      ])
      expect(headers.get('retry-after')).toBe('1')
      expect(headers.get('x-should-retry')).toBe('true')
      expect(json.error.message).not.toContain('12.0 MB')
    }
  })

  test('in the middle it is an event, without [DONE]', async () => {
    const { status, events, ended } = await stream(url, CHAT, chat('full:abc|'))
    expect([status, joined(events), ended]).toEqual([200, 'abc', false])
    expect(events.at(-1).error).toMatchObject({ code: 'overloaded', type: 'server_error' })
  })
})

// honojs/hono#3991, Portkey-AI/gateway#92
test.each(['gzip', 'br', 'identity'])(
  'a stream is never compressed (accept-encoding: %s)',
  async (coding) => {
    const { headers } = await post(url, CHAT, chat('say:Hello|', { stream: true }), {
      headers: { 'accept-encoding': coding },
    })
    expect(headers.get('content-encoding') ?? 'identity').toBe('identity')
    expect(headers.get('content-type')).toBe('text/event-stream')
    expect(headers.get('cache-control')).toContain('no-transform')
    expect(headers.get('x-accel-buffering')).toBe('no')
  },
)
