import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { structuredGrammar } from '../../../decoder/constraints/index.ts'
import { ToolCallParser, toolGrammar } from '../../../decoder/index.ts'
import { accepts, matcherOf, randomText } from '../../support/languages.ts'
import { answer, wilful } from '../../support/structured.ts'

const parameters = {
  type: 'object',
  properties: { n: { type: 'integer' }, to: { $ref: '#/$defs/place' } },
  required: ['to'],
  additionalProperties: false,
  $defs: { place: { enum: ['here', 'dort', '那里'] } },
}
const tools = [
  { name: 'go', parameters, at: null },
  // The same names of definitions mean other things to another tool.
  {
    name: 'stay',
    parameters: { $ref: '#/$defs/place', $defs: { place: { type: 'object', maxProperties: 0 } } },
    at: null,
  },
]
const some = { tools, required: false, parallel: true }
const call = (name: string, args: string) =>
  `<tool_call>\n{"name": "${name}", "arguments": ${args}}\n</tool_call>`
const go = call('go', '{"to": "dort"}')
const stay = call('stay', '{}')

describe('answers', () => {
  test.each<[string, object, boolean]>([
    ['', {}, true],
    ['any text < at all, <tool_call', {}, true],
    ['any text', { required: true }, false],
    [go, {}, true],
    [go, { required: true }, true],
    [`Well.\n${go}`, {}, true],
    [`Well.\n${go}`, { required: true }, false],
    [`<<tool_<tool_call>\n`, {}, false],
    [`<${go}`, {}, true],
    [`<tool_call${go}`, {}, true],
    [`${go}\n${stay}`, {}, true],
    [`${go}\n${stay}`, { parallel: false }, false],
    [`${go} and so on`, {}, false],
    [Array(8).fill(go).join('\n'), {}, true],
    [Array(9).fill(go).join('\n'), {}, false],
    [call('go', '{"to": "where"}'), {}, false],
    [call('go', '{}'), {}, false],
    [call('stay', '{"to": "here"}'), {}, false],
    [call('fly', '{}'), {}, false],
  ])('%j %j: %j', (text, more, isIn) => {
    expect(accepts(matcherOf(toolGrammar({ ...some, ...more }, null)), text)).toBe(isIn)
  })

  test('with a content of its own, whose rules have any names', () => {
    const content = structuredGrammar({
      grammar: 'root ::= object | value\nobject ::= "o"\nvalue ::= "v" call?\ncall ::= "c"',
    })
    const matcher = matcherOf(toolGrammar(some, content))
    for (const text of ['o', 'v', 'vc', go, `${go}\n${stay}`])
      expect(accepts(matcher, text)).toBe(true)
    for (const text of ['', 'c', `o${go}`]) expect(accepts(matcher, text)).toBe(false)
  })

  test('every text of the grammar is read as calls with valid arguments', () => {
    const matcher = matcherOf(toolGrammar({ ...some, required: true }, null))
    const isValid = new Ajv2020().compile(parameters)
    for (let seed = 0; seed < 40; seed++) {
      const parts = new ToolCallParser().push(randomText(matcher, seed)!)
      const names = parts.flatMap((part) => (part.type === 'call' ? [part.name] : []))
      const args = parts.flatMap((part) =>
        part.type === 'arguments' ? [JSON.parse(part.text)] : [],
      )
      expect(args).toHaveLength(names.length)
      for (const [i, name] of names.entries()) {
        expect(name === 'go' ? isValid(args[i]) : Object.keys(args[i]).length === 0).toBe(true)
      }
    }
  })

  test('a model that wants nothing but to end must call all the same', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const tool_calls = { ...some, required: true }
      const { text, done } = await answer(wilful(seed), { tool_calls, logit_bias: { 2: 100 } })
      expect(done.finish_reason).toBe('stop')
      expect(text).toMatch(/^<tool_call>\n\{"name": "(go|stay)"/)
    }
  })
})

test.each([
  [{ type: 'array' }, 'tools[0].function.parameters.type'],
  [{ type: 'object', not: {} }, 'tools[0].function.parameters.not'],
])('parameters %j are refused', (wrong, param) => {
  const options = { ...some, tools: [{ name: 'f', parameters: wrong, at: null }] }
  expect(() => toolGrammar(options, null)).toThrowError(expect.objectContaining({ param }))
})
