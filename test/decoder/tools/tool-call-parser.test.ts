import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AnswerPart, ToolCallParser } from '../../../decoder/index.ts'

const call = (name: string, args: string) =>
  `<tool_call>\n{"name": "${name}", "arguments": ${args}}\n</tool_call>`

/** What the pieces of an answer say together. */
function read(pieces: readonly string[]) {
  const parser = new ToolCallParser()
  const parts: AnswerPart[] = [...pieces.flatMap((piece) => parser.push(piece)), ...parser.finish()]
  const calls: { name: string; args: string }[] = []
  let content = ''
  for (const part of parts) {
    if (part.type === 'content') content += part.text
    else if (part.type === 'call') calls[part.index] = { name: part.name, args: '' }
    else calls[part.index]!.args += part.text
  }
  return { content, calls }
}

describe('text and calls', () => {
  const tricky = '<<tool_ <tool_call and </tool_call> {"name": 1} "\\'
  const json = fc
    .dictionary(fc.string(), fc.jsonValue(), { maxKeys: 3 })
    .map((v) => JSON.stringify(v))
  const answer = fc.record({
    content: fc.oneof(fc.constant(''), fc.constant(tricky), fc.string()),
    calls: fc.array(fc.record({ name: fc.constantFrom('a', 'get_x', 'b.c-1'), args: json }), {
      maxLength: 3,
    }),
  })

  test('come out as they went in, in whatever pieces they come', () => {
    fc.assert(
      fc.property(answer, fc.array(fc.nat()), ({ content, calls }, cuts) => {
        const text = content + calls.map(({ name, args }) => call(name, args)).join('\n')
        const places = cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b)
        const pieces = [0, ...places].map((from, i) => text.slice(from, places[i]))
        expect(read(pieces)).toEqual({ content, calls })
      }),
      { seed: 1, numRuns: 500 },
    )
  })

  test('content is released as soon as it can be no tag', () => {
    const parser = new ToolCallParser()
    expect(parser.push('a <tool')).toEqual([{ type: 'content', text: 'a ' }])
    expect(parser.push('s')).toEqual([{ type: 'content', text: '<tools' }])
    expect(parser.push('<tool_call')).toEqual([])
    expect(parser.finish()).toEqual([{ type: 'content', text: '<tool_call' }])
  })

  test('arguments are released as they come', () => {
    const parser = new ToolCallParser()
    expect(parser.push('<tool_call>\n{"name": "f", "argu')).toEqual([])
    expect(parser.push('ments": {"a')).toEqual([
      { type: 'call', index: 0, name: 'f' },
      { type: 'arguments', index: 0, text: '{"a' },
    ])
    expect(parser.push('}": "\\"}"}}\n</tool_call>')).toEqual([
      { type: 'arguments', index: 0, text: '}": "\\"}"}' },
    ])
    expect(parser.finish()).toEqual([])
  })
})

test.each([
  ['<tool_call>', []],
  ['<tool_call>\n{"name": "f"', []],
  ['<tool_call>\n{"name": "f", "arguments": {"x": [1', [{ name: 'f', args: '{"x": [1' }]],
  [call('f', '{}').slice(0, -5), [{ name: 'f', args: '{}' }]],
])('%j ends in the middle of a call', (text, calls) => {
  expect(read([text])).toEqual({ content: '', calls })
})
