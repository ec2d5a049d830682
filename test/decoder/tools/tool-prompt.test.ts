import { expect, test } from 'vitest'
import { toolPrompt } from '../../../decoder/index.ts'

const tool = { name: 'f', description: 'does it', parameters: { type: 'object' } }

test('tools stand in the system message, after what is there', () => {
  const user = { role: 'user' as const, content: 'hi' }
  const [own, same] = toolPrompt([user], [tool])
  expect(own!.role).toBe('system')
  expect(own!.content).toContain(
    '<tools>\n{"type":"function","function":{"name":"f","description":"does it","parameters":{"type":"object"}}}\n</tools>',
  )
  expect(same).toEqual(user)
  const [system, ...rest] = toolPrompt([{ role: 'system', content: 'Be kind.' }, user], [tool])
  expect(system!.content).toBe(`Be kind.\n\n${own!.content}`)
  expect(rest).toEqual([user])
})

test('without tools and calls a chat stays as it is', () => {
  const chat = [
    { role: 'system' as const, content: 'a' },
    { role: 'user' as const, content: '' },
    { role: 'assistant' as const, content: '' },
  ]
  expect(toolPrompt(chat, [])).toEqual(chat)
})

test('calls and results are text; turns go on taking turns', () => {
  const calls = [
    { name: 'f', arguments: '{"a": 1}' },
    { name: 'g', arguments: '{}' },
  ]
  const chat = toolPrompt(
    [
      { role: 'user', content: 'do' },
      { role: 'assistant', content: 'Well:', tool_calls: calls },
      { role: 'tool', content: 'one' },
      { role: 'tool', content: 'two' },
      { role: 'assistant', content: '', tool_calls: calls.slice(0, 1) },
      { role: 'tool', content: 'three' },
    ],
    [],
  )
  expect(chat.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user'])
  expect(chat[1]!.content).toBe(
    'Well:\n<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>\n<tool_call>\n{"name": "g", "arguments": {}}\n</tool_call>',
  )
  expect(chat[2]!.content).toBe(
    '<tool_response>\none\n</tool_response>\n<tool_response>\ntwo\n</tool_response>',
  )
  expect(chat[3]!.content).toBe('<tool_call>\n{"name": "f", "arguments": {"a": 1}}\n</tool_call>')
})
