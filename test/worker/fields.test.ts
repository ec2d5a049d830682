import { describe, expect, inject, test } from 'vitest'
import { CHAT, COMPLETION, chat, completion, expectError, post } from '../support/api.ts'

const url = inject('toyUrl')

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
