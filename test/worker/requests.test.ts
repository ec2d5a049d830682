import fc from 'fast-check'
import { describe, expect, inject, test } from 'vitest'
import { CHAT, COMPLETION, chat, completion, expectError, type Json, post } from '../support/api.ts'

const url = inject('toyUrl')

/** The API still answers. */
async function isAlive() {
  const { status, json } = await post(url, CHAT, chat('say:alive|'))
  expect([status, json.choices[0].message.content]).toEqual([200, 'alive'])
}

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
