import { describe, expect, test } from 'vitest'
import { type ChatMessage, ChatTemplate } from '../../../decoder/index.ts'
import fixture from '../../fixtures/chat-templates.json' with { type: 'json' }

const SYSTEM: ChatMessage = { role: 'system', content: 'Be kind.' }
const USER: ChatMessage = { role: 'user', content: 'hello' }
const NO_SYSTEM =
  "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}[{{ m.role }}]{{ m.content }}{% endfor %}"

describe('rendered text equals that of Python’s Jinja2', () => {
  test.each(fixture.cases)('$name', ({ source, expected }) => {
    const variables = { bos_token: '<s>', eos_token: '</s>' }
    const template = new ChatTemplate(source, variables, () => new Date(fixture.now))
    expect(template.render(fixture.messages as ChatMessage[])).toBe(expected)
  })
})

test('a chat that nobody is about to answer has no answer begun after it', () => {
  const template = new ChatTemplate(
    '{% for m in messages %}<{{ m.content }}>{% endfor %}{% if add_generation_prompt %}!{% endif %}',
  )
  expect([template.render([USER]), template.render([USER], false)]).toEqual(['<hello>!', '<hello>'])
})

describe('templates without a system role', () => {
  const template = new ChatTemplate(NO_SYSTEM)

  test('the system text reaches the model in the first user turn', () => {
    expect(template.render([SYSTEM, USER])).toBe('[user]Be kind.\n\nhello')
  })

  test('a system message alone is refused in the template’s words', () => {
    expect(() => template.render([SYSTEM])).toThrow(/System role not supported/)
  })

  test('another complaint is not hidden by the retry', () => {
    const strict = new ChatTemplate("{{ raise_exception('Roles must alternate') }}")
    expect(() => strict.render([SYSTEM, USER])).toThrow(/Roles must alternate/)
  })
})

describe('broken templates fail when loaded', () => {
  test('syntax', () => {
    expect(() => new ChatTemplate('{% for m in %}')).toThrow(/does not parse/)
  })

  test('a function that does not exist is named', () => {
    const source = '{% if false %}{{ frobnicate(messages) }}{% endif %}'
    expect(() => new ChatTemplate(source)).toThrow(/frobnicate/)
  })

  test('macros, loop variables and namespaces are not taken for unknown functions', () => {
    const source =
      '{% macro say(a, b=1) %}{{ a }}{% endmacro %}{% set f = say %}{{ f(1) }}{{ say(2) }}{{ namespace(x=1).x }}{{ range(2) | length }}'
    expect(new ChatTemplate(source).render([USER])).toBe('1212')
  })
})
