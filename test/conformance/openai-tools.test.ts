import OpenAI from 'openai'
import { describe, expect, inject, test } from 'vitest'

const connect = (url: string) =>
  new OpenAI({ baseURL: new URL('/v1', url).href, apiKey: 'none', maxRetries: 0 })
const toy = connect(inject('toyUrl'))
const edge = connect(inject('edgeUrl'))

const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'find_book',
      description: 'Looks for a book',
      strict: true,
      parameters: {
        type: 'object',
        properties: { title: { type: 'string', maxLength: 30 }, signed: { type: 'boolean' } },
        required: ['title', 'signed'],
        additionalProperties: false,
      },
    },
  },
  { type: 'function', function: { name: 'opening_hours' } },
]
const args = '{"title": "\\"Äpfel\\" & 😀", "signed": true}'
const call = (name: string, given: string) =>
  `<tool_call>\n{"name": "${name}", "arguments": ${given}}\n</tool_call>`
const script = `say:${call('find_book', args)}\n${call('opening_hours', '{}')}|`

describe('tools with the openai client', () => {
  test('two rounds: the reply is sent back as it came, with the results', async () => {
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: script }]
    const first = await toy.chat.completions.create({
      model: 'toy',
      messages,
      tools,
      temperature: 0,
    })
    const [choice] = first.choices
    expect(choice!.finish_reason).toBe('tool_calls')
    messages.push(choice!.message)
    for (const { id } of choice!.message.tool_calls!) {
      messages.push({ role: 'tool', tool_call_id: id, content: 'say:We have it.|' })
    }
    const second = await toy.chat.completions.create({
      model: 'toy',
      messages,
      tools,
      temperature: 0,
    })
    expect(second.choices[0]!.message.content).toBe('We have it.')
    expect(second.choices[0]!.finish_reason).toBe('stop')
  })

  test('the stream helper puts the same calls together', async () => {
    const stream = toy.chat.completions.stream({
      model: 'toy',
      messages: [{ role: 'user', content: script }],
      tools,
      temperature: 0,
    })
    const { message, finish_reason } = (await stream.finalChatCompletion()).choices[0]!
    expect(finish_reason).toBe('tool_calls')
    expect(message.tool_calls).toMatchObject([
      { type: 'function', function: { name: 'find_book', arguments: args } },
      { type: 'function', function: { name: 'opening_hours', arguments: '{}' } },
    ])
    expect(new Set(message.tool_calls!.map(({ id }) => id)).size).toBe(2)
  })

  test('runTools runs them, with a function that the model must call', async () => {
    const asked: unknown[] = []
    const runner = edge.chat.completions.runTools({
      model: 'edgewise-chat',
      messages: [{ role: 'user', content: 'Do you have Emma?' }],
      temperature: 0,
      max_tokens: 120,
      tool_choice: { type: 'function', function: { name: 'find_book' } },
      tools: [
        {
          type: 'function',
          function: {
            name: 'find_book',
            description: 'Looks for a book',
            parameters: (tools[0] as OpenAI.ChatCompletionFunctionTool).function.parameters!,
            parse: JSON.parse,
            function: (given: { title: string; signed: boolean }) => {
              asked.push(given)
              return 'We have it.'
            },
          },
        },
      ],
    })
    await runner.done()
    expect(asked).toEqual([{ title: expect.any(String), signed: expect.any(Boolean) }])
  })
})

test('structured outputs: parse() gives the value', async () => {
  const schema = {
    type: 'object',
    properties: {
      mood: { enum: ['glad', 'sad'] },
      stars: { type: 'integer', minimum: 1, maximum: 5 },
    },
    required: ['mood', 'stars'],
    additionalProperties: false,
  }
  const { choices } = await edge.chat.completions.parse({
    model: 'edgewise-chat',
    messages: [{ role: 'user', content: 'How was the book?' }],
    response_format: { type: 'json_schema', json_schema: { name: 'review', strict: true, schema } },
  })
  const parsed = choices[0]!.message.parsed as unknown as { mood: string; stars: number }
  expect(['glad', 'sad']).toContain(parsed.mood)
  expect([1, 2, 3, 4, 5]).toContain(parsed.stars)
})
