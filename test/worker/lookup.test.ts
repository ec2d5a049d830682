import { describe, expect, inject, test } from 'vitest'
import { CHAT, type Json, post } from '../support/api.ts'

const url = inject('edgeUrl')
const ROOMS = Array.from({ length: 120 }, (_, i) => `Room ${i + 1} has a view of the garden.`)
const system = (facts: string[]) => ({
  role: 'system',
  content: ['You are the assistant of Fox Inn.', ...facts].join('\n'),
})
const ask = (messages: object[], more: Json = {}) =>
  post(url, CHAT, { messages, temperature: 0, max_tokens: 40, ...more })

describe('the default model looks up what a question needs', () => {
  test.each([1, 10])('in a system message that %i contexts could not hold', async (times) => {
    const facts = Array.from({ length: times }, (_, i) =>
      ROOMS.map((room) => `${room} ${i}`),
    ).flat()
    facts.splice(60, 0, 'The sauna costs 14 euros.')
    const { status, json } = await ask([
      system(facts),
      { role: 'user', content: 'How much does the sauna cost?' },
    ])
    expect(status).toBe(200)
    expect(json.choices[0].message.content).toContain('14 euros')
    expect(json.usage.prompt_tokens).toBeLessThan(150)
  })

  test('and says so where what it needs is too long', async () => {
    const facts = [`- The sauna: ${'hot, '.repeat(1500)}and loud`]
    const { status, json } = await ask([system(facts), { role: 'user', content: 'a hot sauna?' }])
    expect(status).toBe(400)
    expect(json.error).toMatchObject({
      type: 'invalid_request_error',
      code: 'context_length_exceeded',
      param: 'messages',
    })
  })

  test('but reads all of it where tools are described in it', async () => {
    const tool = { type: 'function', function: { name: 'book', parameters: { type: 'object' } } }
    const messages = [system(ROOMS.slice(0, 30)), { role: 'user', content: 'Hi' }]
    const [plain, withTools] = await Promise.all([
      ask(messages),
      ask(messages, { tools: [tool], tool_choice: 'auto' }),
    ])
    expect(plain.json.usage.prompt_tokens).toBeLessThan(100)
    expect(withTools.json.usage.prompt_tokens).toBeGreaterThan(250)
  })
})
