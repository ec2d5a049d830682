import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, inject, test } from 'vitest'
import {
  CHAT,
  COMPLETION,
  chat,
  completion,
  finishes,
  joined,
  post,
  stream,
} from '../support/api.ts'

const url = inject('toyUrl')
const edge = inject('edgeUrl')

/** A field-faults case: items whose fields are enums behind references, of several alphabets. */
const schema = {
  type: 'array',
  minItems: 3,
  maxItems: 3,
  items: { $ref: '#/$defs/item' },
  $defs: {
    item: {
      type: 'object',
      properties: { colour: { $ref: '#/$defs/colour' }, size: { $ref: '#/$defs/size' } },
      required: ['colour', 'size'],
      additionalProperties: false,
    },
    colour: { enum: ['rot', 'grün', '蓝', '😀', 'a"b', 'c\\d', 'e\nf', ''] },
    size: { enum: [1, 2.5, null] },
  },
}
const format = (value: object) => ({
  type: 'json_schema',
  json_schema: { name: 'answer', schema: value },
})
const isValid = new Ajv2020().compile(schema)

describe('the embedded model', () => {
  // ggml-org/llama.cpp#8073, dottxt-ai/outlines#1092
  test('JSON schema: every answer is valid, in any temper', async () => {
    for (let seed = 0; seed < 10; seed++) {
      const body = chat('What colours?', {
        temperature: 1.5,
        seed,
        response_format: format(schema),
      })
      const { json } = await post(edge, CHAT, body)
      const [{ message, finish_reason }] = json.choices
      expect([message.content, finish_reason]).toEqual([message.content, 'stop'])
      expect([message.content, isValid(JSON.parse(message.content))]).toEqual([
        message.content,
        true,
      ])
    }
  })

  test.each<[string, object, RegExp]>([
    [
      'regex',
      { structured_outputs: { regex: '(mon|tues|wednes)day at \\d{1,2} o’clock' } },
      /^(mon|tues|wednes)day at \d{1,2} o’clock$/,
    ],
    ['choice', { structured_outputs: { choice: ['sì', 'no'] } }, /^(sì|no)$/],
    [
      'grammar',
      { structured_outputs: { grammar: 'root ::= "(" root ")" | [0-9]{1,3}' } },
      /^\(*\d{1,3}\)*$/,
    ],
    ['guided_regex', { guided_regex: 'a{2}b' }, /^aab$/],
    ['guided_choice', { guided_choice: ['x'] }, /^x$/],
    ['guided_grammar', { guided_grammar: 'start: "a" /b{1,3}/ "c"' }, /^ab{1,3}c$/],
    ['guided_json', { guided_json: '{"const":[1]}' }, /^\[1\]$/],
    ['json_schema', { json_schema: { enum: ['e'] } }, /^"e"$/],
    ['grammar of its own', { grammar: 'root ::= "q"' }, /^q$/],
    ['json_object', { structured_outputs: { json_object: true } }, /^\{/],
  ])('%s, in chats and completions, whole and streamed', async (_, fields, expected) => {
    const body = chat('hello', { ...fields, temperature: 1, seed: 1, max_tokens: 60 })
    const whole = await post(edge, CHAT, body)
    expect(whole.json.choices[0].message.content).toMatch(expected)
    const events = await stream(edge, CHAT, body)
    expect(joined(events.events)).toBe(whole.json.choices[0].message.content)
    expect(finishes(events.events)).toEqual([whole.json.choices[0].finish_reason])
    const raw = await post(edge, COMPLETION, completion('hello', { ...fields, max_tokens: 60 }))
    expect(raw.json.choices[0].text).toMatch(expected)
  })

  test('several answers, beams and speculation keep to it too', async () => {
    const response_format = format({
      type: 'object',
      properties: { n: { enum: [1, 22, 333] } },
      required: ['n'],
      additionalProperties: false,
    })
    for (const way of [
      { n: 3, temperature: 1, seed: 1 },
      { n: 2, best_of: 4, temperature: 1 },
      { num_beams: 3, n: 2 },
    ]) {
      const { status, json } = await post(
        edge,
        CHAT,
        chat('hello', { ...way, response_format, max_tokens: 60 }),
      )
      expect(status).toBe(200)
      for (const { message, finish_reason } of json.choices) {
        expect(finish_reason).toBe('stop')
        expect([1, 22, 333]).toContain(JSON.parse(message.content).n)
      }
    }
  })
})

describe('a model that goes its own way', () => {
  // jundot/omlx#2990, ollama/ollama#2577, vllm-project/vllm#38696
  test.each(['loop: |', 'loop:\n|', 'loop: \n|'])('%j: blanks are bounded', async (words) => {
    const response_format = format({
      type: 'object',
      properties: { a: { type: 'integer', minimum: 1, maximum: 3 } },
      required: ['a'],
    })
    const { json } = await post(url, CHAT, chat(words, { response_format, max_tokens: 200 }))
    const [{ message, finish_reason }] = json.choices
    expect(finish_reason).toBe('stop')
    expect(message.content).toMatch(/\}$/)
    expect(JSON.parse(message.content).a).toBeGreaterThan(0)
  })

  test('says what it wants where that is allowed', async () => {
    const said = '{"name": "Zoë", "ok": true}'
    const { json } = await post(
      url,
      CHAT,
      chat(`say:${said}|`, { response_format: { type: 'json_object' } }),
    )
    expect(json.choices[0].message.content).toBe(said)
    expect(json.choices[0].finish_reason).toBe('stop')
  })
})

describe('a wrong description is refused, named, and harms nobody', () => {
  const nested = (levels: number) => {
    let inner: object = { type: 'string' }
    for (let i = 0; i < levels; i++) inner = { items: inner }
    return inner
  }
  const at = 'response_format.json_schema.schema'
  // vllm-project/vllm#17248 and #19270, ggml-org/llama.cpp#26930, #26600 and #25283
  test.each<[object, string]>([
    [{ response_format: 5 }, 'response_format'],
    [{ response_format: {} }, 'response_format.type'],
    [{ response_format: { type: 'xml' } }, 'response_format.type'],
    [{ response_format: { type: 'json_object', schema: {} } }, 'response_format.schema'],
    [{ response_format: { type: 'json_schema' } }, 'response_format.json_schema'],
    [{ response_format: format({ type: 5 }) }, `${at}.type`],
    [{ response_format: format({ type: 'text' }) }, `${at}.type`],
    [{ response_format: format({ $ref: '#/$defs/nothing' }) }, `${at}.$ref`],
    [{ response_format: format({ $ref: '#' }) }, at],
    [{ response_format: format({ properties: { a: { not: {} } } }) }, `${at}.properties.a.not`],
    [{ response_format: format({ type: 'string', pattern: 'a++' }) }, `${at}.pattern`],
    [{ response_format: format({ type: 'string', pattern: '(a' }) }, `${at}.pattern`],
    [{ response_format: format({ type: 'string', pattern: 'a(?=b)' }) }, `${at}.pattern`],
    [{ response_format: format({ type: 'string', pattern: '\\p{L}' }) }, `${at}.pattern`],
    [{ response_format: format({ type: 'string', pattern: '('.repeat(60_000) }) }, `${at}.pattern`],
    [{ response_format: format({ type: 'string', maxLength: 1e6 }) }, at],
    [{ structured_outputs: {} }, 'structured_outputs'],
    [{ structured_outputs: { regex: 'a', choice: ['a'] } }, 'structured_outputs'],
    [{ structured_outputs: { regex: 'a', at: 'x' } }, 'structured_outputs.at'],
    [{ structured_outputs: { structural_tag: 'x' } }, 'structured_outputs.structural_tag'],
    [{ structured_outputs: { choice: [] } }, 'structured_outputs.choice'],
    [{ structured_outputs: { grammar: 'root ::= root' } }, 'structured_outputs'],
    [{ guided_json: '{' }, 'guided_json'],
    [{ guided_regex: '(a{1000}){1000}' }, 'guided_regex'],
    [{ guided_regex: 'a', response_format: { type: 'json_object' } }, 'guided_regex'],
    [{ guided_regex: 'a', forced_eos_token_id: 0 }, 'forced_eos_token_id'],
  ])('%.70j', async (fields, param) => {
    const body = chat('say:x|', { ...fields, stream: true })
    const { status, json } = await post(url, CHAT, body)
    expect([status, json.error]).toEqual([
      400,
      {
        message: expect.any(String),
        type: 'invalid_request_error',
        param,
        code: expect.any(String),
      },
    ])
    expect((await post(url, CHAT, chat('say:fine|'))).json.choices[0].message.content).toBe('fine')
  })

  test('so is what is nested 60,000 deep', async () => {
    const schema = `${'{"items":'.repeat(60_000)}{}${'}'.repeat(60_000)}`
    const body = `{"messages":[{"role":"user","content":"x"}],"guided_json":${schema}}`
    expect((await post(url, CHAT, body)).status).toBeGreaterThanOrEqual(400)
    expect((await post(url, CHAT, body)).status).toBeLessThan(500)
    const { status } = await post(url, CHAT, chat('say:x|', { guided_json: nested(40) }))
    expect(status).toBe(400)
  })

  test.each([
    [
      'a chain of 5,000 definitions',
      {
        $ref: '#/$defs/d4999',
        $defs: Object.fromEntries(
          Array.from({ length: 5000 }, (_, i) => [
            `d${i}`,
            i === 0 ? { const: 'end' } : { $ref: `#/$defs/d${i - 1}` },
          ]),
        ),
      },
      '"end"',
    ],
    ['a list of 5,000 values', { enum: Array.from({ length: 5000 }, (_, i) => `v${i}`) }, '"v77"'],
  ])('%s is taken', async (_, guided_json, said) => {
    const { status, json } = await post(url, CHAT, chat(`say:${said}|`, { guided_json }))
    expect([status, json.choices?.[0].message.content]).toEqual([200, said])
  })
})
