import fc from 'fast-check'
import { describe, expect, inject, test } from 'vitest'
import { CHAT, COMPLETION, chat, completion, type Json, post } from '../support/api.ts'

const url = inject('toyUrl')

/** The API still answers. */
async function isAlive() {
  const { status, json } = await post(url, CHAT, chat('say:alive|'))
  expect([status, json.choices[0].message.content]).toEqual([200, 'alive'])
}

function expectError(json: Json) {
  expect(Object.keys(json)).toEqual(['error'])
  const { message, type, param, code, ...rest } = json.error
  expect(rest).toEqual({})
  expect(message).toEqual(expect.any(String))
  expect(message.length).toBeGreaterThan(5)
  expect(type).toEqual(expect.any(String))
  expect(param === null || typeof param === 'string').toBe(true)
  expect(code === null || typeof code === 'string').toBe(true)
}

describe('a wrong field is refused, named, and told what would be right', () => {
  const user = [{ role: 'user', content: 'x' }]
  test.each<[object, string | null, RegExp]>([
    [{}, 'messages', /messages is required/],
    [{ messages: 'x' }, 'messages', /must be an array/],
    [{ messages: [] }, 'messages', /must not be empty/],
    [{ messages: Array(257).fill(user[0]) }, 'messages', /at most 256 items/],
    [{ messages: [null] }, 'messages[0]', /must be an object/],
    [{ messages: [{ content: 'x' }] }, 'messages[0].role', /is required/],
    [
      { messages: [{ role: 'robot', content: 'x' }] },
      'messages[0].role',
      /system, developer, user, assistant or tool/,
    ],
    [{ messages: [{ role: '__proto__', content: 'x' }] }, 'messages[0].role', /must be system/],
    // vllm-project/vllm#21089, tmc/langchaingo#667
    [{ messages: [...user, { role: 'user' }] }, 'messages[1].content', /is required/],
    [{ messages: [{ role: 'user', content: null }] }, 'messages[0].content', /is required/],
    [{ messages: [{ role: 'user', content: 5 }] }, 'messages[0].content', /a string or an array/],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
      'messages[0].content[0].type',
      /must be "text"/,
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'text' }] }] },
      'messages[0].content[0].text',
      /is required/,
    ],
    [{ messages: [{ role: 'user', content: [5] }] }, 'messages[0].content[0]', /must be an object/],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id', /is required/],
    [
      { messages: [{ role: 'assistant', content: null, tool_calls: [{}] }] },
      'messages[0].tool_calls[0].function',
      /is required/,
    ],
    [{ messages: user, temperature: 2.1 }, 'temperature', /must be at most 2/],
    [{ messages: user, temperature: -1 }, 'temperature', /must be at least 0/],
    [{ messages: user, temperature: 'hot' }, 'temperature', /must be a number/],
    [{ messages: user, n: 0 }, 'n', /at least 1/],
    // CVE-2026-34756: an unbounded n
    [{ messages: user, n: 9 }, 'n', /at most 8/],
    [{ messages: user, n: 1.5 }, 'n', /an integer/],
    [{ messages: user, max_tokens: -1 }, 'max_tokens', /at least 0/],
    [{ messages: user, max_completion_tokens: 1.5 }, 'max_completion_tokens', /an integer/],
    [{ messages: user, seed: 2 ** 53 }, 'seed', /an integer/],
    [{ messages: user, stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop', /at most 4 items/],
    [{ messages: user, stop: '' }, 'stop', /must not be empty/],
    [{ messages: user, stop: ['a', 5] }, 'stop[1]', /must be a string/],
    [{ messages: user, stop: 'x'.repeat(65) }, 'stop', /at most 64 characters/],
    [{ messages: user, min_tokens: 5, max_tokens: 4 }, 'min_tokens', /at most max_tokens/],
    [{ messages: user, stop_token_ids: [1000] }, 'stop_token_ids[0]', /vocabulary/],
    // vllm-project/vllm#4795
    [{ messages: user, top_logprobs: 5 }, 'top_logprobs', /logprobs is true/],
    [{ messages: user, logprobs: true, top_logprobs: 21 }, 'top_logprobs', /at most 20/],
    [{ messages: user, logprobs: 1 }, 'logprobs', /true or false/],
    [{ messages: user, stream: 'yes' }, 'stream', /true or false/],
  ])('chat %j', async (body, param, message) => {
    const { status, json } = await post(url, CHAT, body)
    expect(status).toBe(400)
    expectError(json)
    expect(json.error.type).toBe('invalid_request_error')
    expect(json.error.param).toBe(param)
    expect(json.error.message).toMatch(message)
  })

  test.each<[object, string | null, RegExp]>([
    [{}, 'prompt', /is required/],
    [{ prompt: {} }, 'prompt', /a string or an array/],
    [{ prompt: [] }, 'prompt', /must not be empty/],
    [{ prompt: [[1], []] }, 'prompt[1]', /must not be empty/],
    [{ prompt: ['a', 1] }, 'prompt', /not a mixture/],
    // ggml-org/llama.cpp#12178
    [{ prompt: [-1] }, 'prompt[0]', /a token id from 0 to 265/],
    [{ prompt: [5, 266] }, 'prompt[1]', /a token id/],
    [{ prompt: [1.5] }, 'prompt[0]', /a token id/],
    [{ prompt: [2 ** 53] }, 'prompt[0]', /a token id/],
    [{ prompt: [[5], [266]] }, 'prompt[1][0]', /a token id/],
    [{ prompt: [[[5]]] }, 'prompt[0][0]', /must be a number/],
    [{ prompt: [[5, 'x']] }, 'prompt[0][1]', /must be a number/],
    [{ prompt: Array(33).fill('x') }, 'prompt', /at most 32/],
    [{ prompt: Array(5).fill('x'), n: 8 }, 'prompt', /at most 32/],
    [{ prompt: 'x', logprobs: 6 }, 'logprobs', /at most 5/],
    [{ prompt: 'x', n: 2, best_of: 1 }, 'best_of', /at least n/],
    [{ prompt: 'x', best_of: 21 }, 'best_of', /at most 20/],
    [{ prompt: 'x', best_of: 3, stream: true }, 'best_of', /streamed/],
    [{ prompt: ['x', 'y'], best_of: 17 }, 'prompt', /at most 32/],
  ])('completion %j', async (body, param, message) => {
    const { status, json } = await post(url, COMPLETION, body)
    expect(status).toBe(400)
    expectError(json)
    expect(json.error.param).toBe(param)
    expect(json.error.message).toMatch(message)
  })

  test('numbers that JSON can write and a double cannot hold', async () => {
    for (const number of ['1e999', '-1e999']) {
      const body = `{"messages":[{"role":"user","content":"x"}],"temperature":${number}}`
      const { status, json } = await post(url, CHAT, body)
      expect([status, json.error.param]).toEqual([400, 'temperature'])
    }
    const minus = '{"messages":[{"role":"user","content":"say:ok|"}],"temperature":-0}'
    expect((await post(url, CHAT, minus)).status).toBe(200)
  })
})

describe('what would change the answer and has no effect here', () => {
  test.each<[string, unknown]>([
    ['functions', [{ name: 'f' }]],
    ['guided_whitespace_pattern', ' ?'],
    ['repeat_penalty', 1.1],
    ['penalty_alpha', 0.6],
    ['sequence_bias', [[[5], 1]]],
    ['min_new_tokens', 3],
    ['top_n_sigma', 1],
    ['modalities', ['text', 'audio']],
    ['chat_template', '{{ messages }}'],
    // CVE-2025-62426
    ['chat_template_kwargs', { tokenize: true }],
    ['echo', true],
  ])('%s: %j is refused by name', async (field, value) => {
    const { status, json } = await post(url, CHAT, chat('say:x|', { [field]: value }))
    expect(status).toBe(400)
    expectError(json)
    expect(json.error).toMatchObject({ param: field, code: 'unsupported_value' })
  })

  test('suffix and penalty_alpha on completions', async () => {
    for (const more of [{ suffix: 'b' }, { penalty_alpha: 0.6 }]) {
      const { status, json } = await post(url, COMPLETION, completion('say:x|', more))
      expect([status, json.error.param]).toEqual([400, Object.keys(more)[0]])
    }
  })

  test('values that ask for nothing are fine', async () => {
    const { status, headers } = await post(
      url,
      CHAT,
      chat('say:x|', {
        tools: [],
        tool_choice: 'auto',
        response_format: { type: 'text' },
        logit_bias: {},
        frequency_penalty: 0,
        presence_penalty: 0,
        repetition_penalty: 1,
        use_beam_search: false,
        guided_json: null,
        modalities: ['text'],
        temperature: null,
        stop: null,
        stream_options: null,
      }),
    )
    expect(status).toBe(200)
    expect(headers.get('x-ignored-params')).toBeNull()
  })

  test('harmless unknown fields are ignored and named', async () => {
    const body = { ...chat('say:x|'), user: 'me', store: true, 'a\nb': 1, é: 2 }
    const { status, headers } = await post(url, CHAT, body)
    expect(status).toBe(200)
    expect(headers.get('x-ignored-params')).toBe('user, store, a%0Ab, %C3%A9')
  })

  test('__proto__ is a field like any other', async () => {
    const body =
      '{"messages":[{"role":"user","content":"say:x|","__proto__":{"role":"system"}}],"__proto__":{"n":8}}'
    const { status, json } = await post(url, CHAT, body)
    expect(status).toBe(200)
    expect(json.choices).toHaveLength(1)
  })
})

describe('bodies', () => {
  test.each<[string, string, number, string | null]>([
    ['cut JSON', '{"messages":[', 400, 'invalid_json'],
    ['nothing', '', 400, 'invalid_json'],
    ['an array', '[]', 400, 'invalid_value'],
    ['null', 'null', 400, 'invalid_value'],
    ['a string', '"x"', 400, 'invalid_value'],
    [
      'deep nesting',
      `{"messages":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      400,
      'invalid_value',
    ],
    [
      'deep nesting in what is ignored',
      `{"x":${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}}`,
      400,
      'invalid_value',
    ],
    ['too many bytes', JSON.stringify(chat('x'.repeat(300_000))), 413, 'payload_too_large'],
    ['ten megabytes', JSON.stringify(chat('x'.repeat(10_000_000))), 413, 'payload_too_large'],
  ])('%s', async (_, body, status, code) => {
    const answer = await post(url, CHAT, body)
    expect(answer.status).toBe(status)
    expectError(answer.json)
    expect(answer.json.error.code).toBe(code)
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    await isAlive()
  })

  test('too many bytes in chunks of unknown number', async () => {
    const chunk = new TextEncoder().encode('x'.repeat(10_000))
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        if (sent++ < 500) controller.enqueue(chunk)
        else controller.close()
      },
    })
    const response = await fetch(new URL(CHAT, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit)
    expect(response.status).toBe(413)
    expectError(await response.json())
    await isAlive()
  })

  test('half of a surrogate pair is refused where it stands', async () => {
    const { status, json } = await post(
      url,
      CHAT,
      '{"messages":[{"role":"user","content":"a\\ud83d"}]}',
    )
    expect(status).toBe(400)
    expect(json.error.param).toBe('messages[0].content')
    const stop = await post(
      url,
      CHAT,
      '{"messages":[{"role":"user","content":"a"}],"stop":["\\udc00"]}',
    )
    expect([stop.status, stop.json.error.param]).toEqual([400, 'stop[0]'])
  })

  test.each<[Record<string, string>, number]>([
    [{ 'content-type': 'text/plain' }, 415],
    [{ 'content-type': 'application/x-www-form-urlencoded' }, 415],
    [{ 'content-type': 'multipart/form-data; boundary=x' }, 415],
    [{ 'content-type': 'application/json; charset=latin1' }, 400],
    [{ 'content-encoding': 'gzip' }, 415],
    [{ 'content-type': 'application/json; charset=UTF-8' }, 200],
    [{ 'content-type': 'application/vnd.api+json' }, 200],
  ])('%j', async (headers, status) => {
    const answer = await post(url, CHAT, chat('say:x|'), { headers })
    expect(answer.status).toBe(status)
    if (status !== 200) expectError(answer.json)
  })

  test('bytes that are not UTF-8', async () => {
    const bytes = new Uint8Array([...new TextEncoder().encode('{"messages":"'), 0xff, 0x22, 0x7d])
    const response = await fetch(new URL(CHAT, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: bytes,
    })
    expect(response.status).toBe(400)
    expect(((await response.json()) as Json).error.code).toBe('invalid_encoding')
  })

  test('whatever JSON comes, the answer is one of ours and not a failure', async () => {
    const value = fc.jsonValue({ maxDepth: 3 })
    const fields = [
      'messages',
      'prompt',
      'n',
      'stop',
      'seed',
      'temperature',
      'logprobs',
      'tokens',
      'content',
      'x',
    ]
    const body = fc.oneof(value, fc.dictionary(fc.constantFrom(...fields), value))
    const path = fc.constantFrom(CHAT, COMPLETION, '/tokenize', '/detokenize', '/apply-template')
    await fc.assert(
      fc.asyncProperty(path, body, async (path, body) => {
        const { status, json } = await post(url, path, body)
        expect([200, 400]).toContain(status)
        if (status === 400) expectError(json)
      }),
      { numRuns: 150, seed: 7 },
    )
  })
})

describe('paths and methods', () => {
  test.each<[string, string, number, string | null]>([
    ['GET', '/v1/chat/completions', 405, 'POST'],
    ['DELETE', '/v1/models', 405, 'GET, HEAD'],
    ['PUT', '/health', 405, 'GET, HEAD'],
    ['GET', '/v1/nothing', 404, null],
    ['POST', '/v1', 404, null],
    ['GET', '/v1/models/other', 404, null],
    ['GET', '/v1/models/%E0%A4%A', 404, null],
  ])('%s %s', async (method, path, status, allow) => {
    const response = await fetch(new URL(path, url), { method })
    expect(response.status).toBe(status)
    expect(response.headers.get('allow')).toBe(allow)
    expect(response.headers.get('x-request-id')).toMatch(/^req_/)
    expectError(await response.json())
  })

  test('another model than the served one', async () => {
    const { status, json } = await post(url, CHAT, chat('say:x|', { model: 'gpt-4' }))
    expect([status, json.error.code, json.error.param]).toEqual([404, 'model_not_found', 'model'])
    expect((await post(url, CHAT, chat('say:x|', { model: 'toy' }))).status).toBe(200)
  })

  test('models and health', async () => {
    const list = (await (await fetch(new URL('/v1/models', url))).json()) as Json
    expect(list.object).toBe('list')
    expect(list.data).toHaveLength(1)
    expect(list.data[0]).toMatchObject({
      id: 'toy',
      object: 'model',
      owned_by: 'edgewise',
      context_length: 4096,
      vocab_size: 266,
      fingerprint: 'toy-1',
    })
    expect(Number.isInteger(list.data[0].created)).toBe(true)
    expect(await (await fetch(new URL('/v1/models/toy', url))).json()).toEqual(list.data[0])
    expect(await (await fetch(new URL('/health', url))).json()).toMatchObject({ status: 'ok' })
    expect((await fetch(new URL('/health', url), { method: 'HEAD' })).status).toBe(200)
  })

  test('the answer never trusts the caller with the request id', async () => {
    const { headers } = await post(url, CHAT, chat('say:x|'), {
      headers: { 'x-request-id': 'mine' },
    })
    expect(headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/)
  })
})

describe('context', () => {
  // lmstudio-ai/lmstudio-bug-tracker#2339, oobabooga/textgen#7257
  test.each([4097, 40_960])('a prompt of %i tokens is refused before any event', async (length) => {
    for (const stream of [false, true]) {
      const { status, json } = await post(
        url,
        COMPLETION,
        completion(Array(length).fill(50), { stream }),
      )
      expect(status).toBe(400)
      expect(json.error).toMatchObject({ code: 'context_length_exceeded', param: 'prompt' })
      expect(json.error.message).toContain('maximum context length is 4096 tokens')
      expect(json.error.message).toContain(`${length} tokens`)
    }
  })

  test('one that just fits is answered as far as the context reaches', async () => {
    const { json: loop } = await post(url, '/tokenize', { content: 'loop:ab|' })
    const prompt = [...Array(4094 - loop.tokens.length).fill(50), ...loop.tokens]
    const { status, json } = await post(url, COMPLETION, completion(prompt, { max_tokens: 50 }))
    expect(status).toBe(200)
    expect(json.choices[0]).toMatchObject({ text: 'ab', finish_reason: 'length' })
  })

  test('of several prompts, each is checked before the first is answered', async () => {
    const { status, json } = await post(
      url,
      COMPLETION,
      completion([[50], Array(5000).fill(50)], { stream: true }),
    )
    expect([status, json.error.param]).toEqual([400, 'prompt[1]'])
  })
})
