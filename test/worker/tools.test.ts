import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, inject, test } from 'vitest'
import { CHAT, chat, finishes, type Json, joined, post, stream } from '../support/api.ts'

const url = inject('toyUrl')
const edge = inject('edgeUrl')

const parameters = {
  type: 'object',
  properties: {
    city: { type: 'string', maxLength: 20 },
    unit: { enum: ['°C', '°F'] },
    days: { type: 'integer', minimum: 1, maximum: 7 },
  },
  required: ['city', 'unit'],
  additionalProperties: false,
}
const weather = {
  type: 'function',
  function: { name: 'get_weather', description: 'The weather of a city', parameters },
}
const clock = { type: 'function', function: { name: 'get_time' } }
const tools = [weather, clock]
const isValid = new Ajv2020().compile(parameters)
const call = (name: string, args: string) =>
  `<tool_call>\n{"name": "${name}", "arguments": ${args}}\n</tool_call>`
const named = (name: string) => ({ type: 'function', function: { name } })

/** Calls out of a stream's chunks, put together as clients do. */
function callsOf(events: Json[]): Json[] {
  const calls: Json[] = []
  for (const { delta } of events.flatMap((event) => event.choices ?? [])) {
    for (const { index, function: part, ...rest } of delta.tool_calls ?? []) {
      calls[index] ??= { ...rest, function: { name: part.name, arguments: '' } }
      calls[index].function.arguments += part.arguments
    }
  }
  return calls
}

describe('the embedded model must call', () => {
  test.each<[string, object]>([
    ['required', { tool_choice: 'required' }],
    ['named', { tool_choice: named('get_weather') }],
    ['one at most', { tool_choice: 'required', parallel_tool_calls: false }],
  ])('%s: arguments are valid under the schema', async (_, choice) => {
    for (let seed = 0; seed < 5; seed++) {
      const question = chat('How is the weather?', {
        tools,
        ...choice,
        temperature: 1.2,
        seed,
        max_tokens: 300,
      })
      const { json } = await post(edge, CHAT, question)
      const [{ message, finish_reason }] = json.choices
      if (finish_reason === 'length') continue
      expect(finish_reason).toBe('tool_calls')
      expect(message.content).toBeNull()
      for (const { id, type, function: called } of message.tool_calls) {
        expect(id).toMatch(/^call_[0-9a-f]{24}$/)
        expect(type).toBe('function')
        const args = JSON.parse(called.arguments)
        if (called.name === 'get_time') expect(args).toEqual({})
        else expect([args, isValid(args)]).toEqual([args, true])
      }
      if (choice !== undefined && !('tool_choice' in choice && choice.tool_choice === 'required')) {
        expect(message.tool_calls.map((one: Json) => one.function.name)).toEqual(['get_weather'])
      }
      if ('parallel_tool_calls' in choice) expect(message.tool_calls).toHaveLength(1)
    }
  })

  test('streamed pieces join to the same', async () => {
    const question = chat('How is the weather?', { tools, tool_choice: named('get_weather') })
    const whole = await post(edge, CHAT, question)
    const { events } = await stream(edge, CHAT, question)
    const calls = callsOf(events)
    const strip = (all: Json[]) => all.map(({ id: _, ...rest }) => rest)
    expect(strip(calls)).toEqual(strip(whole.json.choices[0].message.tool_calls))
    expect(finishes(events)).toEqual(['tool_calls'])
    expect(joined(events)).toBe('')
  })
})

describe('a model that calls as it likes', () => {
  const args = '{"city": "Zü\\"rich 😀", "unit": "°C"}'
  const said = `Let me see.\n${call('get_weather', args)}\n${call('get_time', '{}')}`

  test('auto: text and two calls in one turn, whole and streamed', async () => {
    const question = chat(`say:${said}|`, { tools })
    const { json } = await post(url, CHAT, question)
    const [{ message, finish_reason }] = json.choices
    expect(finish_reason).toBe('tool_calls')
    expect(message.content).toBe('Let me see.\n')
    expect(message.tool_calls.map((one: Json) => one.function)).toEqual([
      { name: 'get_weather', arguments: args },
      { name: 'get_time', arguments: '{}' },
    ])
    const { events } = await stream(url, CHAT, question)
    expect(joined(events)).toBe('Let me see.\n')
    expect(callsOf(events).map((one) => one.function)).toEqual(
      message.tool_calls.map((one: Json) => one.function),
    )
    expect(finishes(events)).toEqual(['tool_calls'])
  })

  test.each(['plain words', 'a < b, <tool_cal and <tool', '<<tool_'])(
    'auto: %s are text',
    async (text) => {
      const { json } = await post(url, CHAT, chat(`say:${text}|`, { tools }))
      expect(json.choices[0].message).toEqual({ role: 'assistant', content: text, refusal: null })
      expect(json.choices[0].finish_reason).toBe('stop')
    },
  )

  test('auto: a call that was begun is ended rightly', async () => {
    const wrong = '<tool_call>\n{"name": "launch", "arguments": "none"}'
    const { json } = await post(url, CHAT, chat(`say:${wrong}|`, { tools, max_tokens: 400 }))
    const [{ message }] = json.choices
    for (const { function: called } of message.tool_calls ?? []) {
      expect(['get_weather', 'get_time']).toContain(called.name)
    }
  })

  test('none: what looks like a call is text', async () => {
    const text = call('get_time', '{}')
    const { json } = await post(url, CHAT, chat(`say:${text}|`, { tools, tool_choice: 'none' }))
    expect(json.choices[0].message.content).toBe(text)
    expect(json.choices[0].finish_reason).toBe('stop')
  })

  test('parallel_tool_calls: false ends after the first', async () => {
    const body = chat(`say:${said}|`, { tools, parallel_tool_calls: false })
    const { json } = await post(url, CHAT, body)
    expect(json.choices[0].message.tool_calls).toHaveLength(1)
    expect(json.choices[0].finish_reason).toBe('tool_calls')
  })

  test('a limit in the middle of a call is no call that is whole', async () => {
    const body = chat(`say:${call('get_weather', args)}|`, { tools, max_tokens: 60 })
    const { json } = await post(url, CHAT, body)
    expect(json.choices[0].finish_reason).toBe('length')
    const [{ function: called }] = json.choices[0].message.tool_calls
    expect(called.name).toBe('get_weather')
    expect(args.startsWith(called.arguments)).toBe(true)
  })

  test('with response_format: either the format or calls', async () => {
    const response_format = { type: 'json_object' }
    const text = await post(url, CHAT, chat('say:{"a": 1}|', { tools, response_format }))
    expect(text.json.choices[0].message.content).toBe('{"a": 1}')
    const asked = chat(`say:${call('get_time', '{}')}|`, { tools, response_format })
    const called = await post(url, CHAT, asked)
    expect(called.json.choices[0].message.tool_calls[0].function.name).toBe('get_time')
  })
})

// ggml-org/llama.cpp#13471, lmstudio-ai/lmstudio-bug-tracker#261
describe('a chat with calls in it', () => {
  const turn = {
    role: 'assistant',
    content: null,
    tool_calls: [
      { id: 'call_1', type: 'function', function: { name: 'get_time', arguments: '{}' } },
      { id: 'call_2', type: 'function', function: { name: 'get_time', arguments: '{}' } },
    ],
  }
  const results = [
    { role: 'tool', tool_call_id: 'call_1', content: 'five' },
    { role: 'tool', tool_call_id: 'call_2', content: [{ type: 'text', text: 'say:It is six|' }] },
  ]
  const messages = [{ role: 'user', content: 'What time is it?' }, turn, ...results]

  test('is answered, with tools and without', async () => {
    for (const more of [{ tools }, {}]) {
      const { status, json } = await post(url, CHAT, { messages, temperature: 0, ...more })
      expect([status, json.choices[0].message.content]).toEqual([200, 'It is six'])
    }
  })

  test('reads as tags that models know, in any template', async () => {
    const { json } = await post(url, '/apply-template', { messages })
    expect(json.prompt).toContain(
      `<|im_start|>assistant\n${call('get_time', '{}')}\n${call('get_time', '{}')}`,
    )
    expect(json.prompt).toContain(
      '<|im_start|>user\n<tool_response>\nfive\n</tool_response>\n<tool_response>\nsay:It is six|\n</tool_response>',
    )
  })
})

describe('refused by name', () => {
  const user = [{ role: 'user', content: 'x' }]
  test.each<[object, string]>([
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    [{ tools: [{ type: 'function' }] }, 'tools[0].function'],
    [{ tools: [{ type: 'function', function: { name: 'a b' } }] }, 'tools[0].function.name'],
    [{ tools: [clock, clock] }, 'tools[1].function.name'],
    [
      {
        tools: [
          clock,
          { type: 'function', function: { name: 'f', parameters: { type: 'array' } } },
        ],
      },
      'tools[1].function.parameters.type',
    ],
    [
      {
        tools: [
          {
            type: 'function',
            function: { name: 'f', parameters: { properties: { a: { not: {} } } } },
          },
        ],
      },
      'tools[0].function.parameters.properties.a.not',
    ],
    [{ tools, tool_choice: named('launch') }, 'tool_choice.function.name'],
    [{ tools, tool_choice: 'any' }, 'tool_choice'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ tool_choice: named('f') }, 'tool_choice.function.name'],
    [{ tools: Array(129).fill(clock) }, 'tools'],
    [{ messages: [...user, { role: 'tool', content: 'x' }] }, 'messages[1].tool_call_id'],
    [{ messages: [{ role: 'tool', tool_call_id: 'a' }] }, 'messages[0].content'],
    [
      {
        messages: [
          {
            role: 'user',
            content: 'x',
            tool_calls: [{ id: 'a', function: { name: 'f', arguments: '' } }],
          },
        ],
      },
      'messages[0].tool_calls',
    ],
    [
      {
        messages: [
          { role: 'assistant', tool_calls: [{ id: 'a', function: { name: 'f', arguments: {} } }] },
        ],
      },
      'messages[0].tool_calls[0].function.arguments',
    ],
    [{ messages: [{ role: 'function', content: 'x' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'assistant', function_call: {} }] }, 'messages[0].function_call'],
  ])('%.80j', async (fields, param) => {
    const { status, json } = await post(url, CHAT, { messages: user, ...fields })
    expect([status, json.error.param]).toEqual([400, param])
  })
})
