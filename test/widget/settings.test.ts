import { expect, test, vi } from 'vitest'
import { readSettings } from '../../widget/settings.ts'

const read = (attributes: Record<string, string>, warn?: (message: string) => void) =>
  readSettings((name) => attributes[name] ?? null, 'https://edge.example', warn)

test('defaults', () => {
  expect(read({})).toMatchObject({
    edge: 'https://edge.example',
    model: 'edgewise-chat',
    accent: '#1f5eff',
    theme: 'auto',
    suggestions: [],
    temperature: 0,
    maxTokens: null,
  })
})

test('what is set', () => {
  const settings = read({
    edge: 'https://other.example/base//',
    accent: '#0a0',
    theme: 'Dark',
    suggestions: 'Gift cards | Reading nights|',
    temperature: '0.5',
    'max-tokens': '200',
    decoding: '{"num_beams": 4, "stop": ["."]}',
  })
  expect(settings).toMatchObject({
    edge: 'https://other.example/base',
    accent: '#0a0',
    theme: 'dark',
    suggestions: ['Gift cards', 'Reading nights'],
    temperature: 0.5,
    maxTokens: 200,
    decoding: { num_beams: 4, stop: ['.'] },
  })
})

test.each(['4', '[1]', 'null', '{num_beams: 4}'])('decoding=%s is named and left out', (value) => {
  const warn = vi.fn()
  expect(read({ decoding: value }, warn).decoding).toEqual({})
  expect(warn.mock.calls[0]![0]).toContain(value)
})

test.each([
  ['accent', 'red;}', 'accent', '#1f5eff'],
  ['theme', 'sepia', 'theme', 'auto'],
  ['temperature', 'warm', 'temperature', 0],
  ['temperature', '3', 'temperature', 0],
  ['max-tokens', '0', 'maxTokens', null],
] as const)('%s="%s" is named and falls back', (name, value, setting, otherwise) => {
  const warn = vi.fn()
  expect(read({ [name]: value }, warn)[setting]).toBe(otherwise)
  expect(warn).toHaveBeenCalledOnce()
  expect(warn.mock.calls[0]![0]).toContain(name)
  expect(warn.mock.calls[0]![0]).toContain(value)
})
