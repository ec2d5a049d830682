import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accepts, randomText, schemaMatcher } from '../../../support/languages.ts'

/** Somebody else's reading of JSON Schema. */
const ajv = new Ajv2020({ strict: false, validateFormats: true })
addFormats.default(ajv)

const name = fc.constantFrom('a', 'b', 'name', 'größe', '名前', 'with "quotes"', '', '10')
const leaf = fc.oneof(
  fc.constantFrom<object>(
    {},
    { type: 'string' },
    { type: 'integer' },
    { type: 'number' },
    { type: 'boolean' },
    { type: 'null' },
    { type: ['string', 'null'] },
    { type: ['integer', 'number', 'boolean'] },
    { type: 'string', minLength: 2, maxLength: 5 },
    { type: 'string', pattern: '^[A-Z]{2}\\d+$' },
    { type: 'string', pattern: '\\S' },
    { type: 'string', pattern: 'ab|^$' },
    { type: 'string', format: 'date' },
    { type: 'string', format: 'date-time' },
    { type: 'string', format: 'time' },
    { type: 'string', format: 'duration' },
    { type: 'string', format: 'uuid' },
    { type: 'string', format: 'email' },
    { type: 'string', format: 'hostname' },
    { type: 'string', format: 'ipv4' },
    { type: 'string', format: 'uri' },
    { type: 'integer', minimum: -7, exclusiveMaximum: 120 },
    { type: 'number', exclusiveMinimum: 0, maximum: 1.5 },
    { type: 'integer', format: 'int32' },
    { enum: ['é', '名', '😀', 'a"b', 'back\\slash', 'new\nline', '', 1, null, { x: [1] }] },
    { const: { deep: ['value', 2.5] } },
    { $ref: '#/$defs/colour' },
    { $ref: '#/$defs/tree' },
  ),
)
const { schema } = fc.letrec<{ schema: object }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .record({
        properties: fc.dictionary(name, tie('schema'), { maxKeys: 4 }),
        additionalProperties: fc.boolean(),
        isRequired: fc.func(fc.boolean()),
      })
      .map(({ properties, additionalProperties, isRequired }) => ({
        type: 'object',
        properties,
        required: Object.keys(properties).filter((key) => isRequired(key)),
        additionalProperties,
      })),
    tie('schema').map((additionalProperties) => ({ type: 'object', additionalProperties })),
    fc.record({
      type: fc.constant('array'),
      items: tie('schema'),
      minItems: fc.integer({ min: 0, max: 2 }),
      maxItems: fc.integer({ min: 2, max: 4 }),
    }),
    fc.record({
      type: fc.constant('array'),
      prefixItems: fc.array(tie('schema'), { minLength: 1, maxLength: 3 }),
      items: fc.oneof(fc.constant(false), tie('schema')),
      minItems: fc.integer({ min: 0, max: 4 }),
    }),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc
      .tuple(fc.dictionary(name, tie('schema'), { maxKeys: 3 }), tie('schema'))
      .map(([properties, b]) => ({
        allOf: [{ properties }, { type: 'object', required: ['b'], properties: { b } }],
      })),
  ),
}))
const $defs = {
  colour: { enum: ['red', 'grün', '蓝'] },
  tree: {
    type: 'object',
    properties: {
      value: { type: 'integer' },
      children: { items: { $ref: '#/$defs/tree' }, maxItems: 2 },
    },
    required: ['value'],
  },
}

describe('every text is valid', () => {
  test('under any schema that is not refused', () => {
    let judged = 0
    fc.assert(
      fc.property(schema, fc.nat(), (part, seed) => {
        const whole = { ...part, $defs }
        let matcher: ReturnType<typeof schemaMatcher>
        try {
          matcher = schemaMatcher(whole)
        } catch {
          return
        }
        const text = randomText(matcher, seed)
        if (text === null) return
        judged++
        const validate = ajv.compile(whole)
        if (!validate(JSON.parse(text))) {
          throw new Error(`${text}\n${JSON.stringify(validate.errors)}`)
        }
      }),
      { seed: 5, numRuns: 400 },
    )
    expect(judged).toBeGreaterThan(250)
  })

  test.each<[string, unknown]>([
    // ggml-org/llama.cpp#26930
    [
      'patterns, which match anywhere',
      {
        anyOf: ['\\S', '^ab', 'cd$', 'a|', '(a||b)c', '[^\\w\\s]', '"\\\\'].map((pattern) => ({
          type: 'string',
          pattern,
        })),
      },
    ],
    [
      'a record, as zod writes it',
      {
        type: 'object',
        propertyNames: { type: 'string', minLength: 1, maxLength: 4 },
        additionalProperties: {
          type: 'integer',
          minimum: Number.MIN_SAFE_INTEGER,
          maximum: Number.MAX_SAFE_INTEGER,
        },
      },
    ],
    ['a record of few names', { propertyNames: { enum: ['a', 'ü'] }, type: 'object' }],
    [
      'names by a pattern',
      {
        type: 'object',
        patternProperties: { '^[a-z]+$': { type: 'number', minimum: -1e20, maximum: 0.5 } },
        additionalProperties: false,
      },
    ],
    [
      'a discriminated union',
      {
        oneOf: [
          {
            type: 'object',
            properties: {
              kind: { const: 'cat' },
              lives: { type: 'integer', minimum: 1, maximum: 9 },
            },
            required: ['kind', 'lives'],
            additionalProperties: false,
          },
          {
            type: 'object',
            properties: { kind: { const: 'dog' }, name: { type: 'string' } },
            required: ['kind'],
            additionalProperties: false,
          },
          { type: 'null' },
        ],
      },
    ],
    [
      'an extended definition',
      {
        $defs: {
          base: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
        },
        allOf: [
          { $ref: '#/$defs/base' },
          { properties: { tag: { enum: ['x', 'y'] } }, required: ['tag'] },
        ],
      },
    ],
    [
      'a reference with more beside it',
      {
        $defs: { n: { type: 'number', minimum: 0 } },
        properties: { p: { $ref: '#/$defs/n', maximum: 1 } },
        required: ['p'],
        type: 'object',
      },
    ],
    [
      'one of two members',
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        anyOf: [{ required: ['a'] }, { required: ['b'] }],
      },
    ],
    [
      'a schema of additional members in one part',
      {
        allOf: [
          { type: 'object', additionalProperties: { type: 'string' } },
          { properties: { n: { maxLength: 3, type: ['string', 'integer'] } }, required: ['n'] },
        ],
      },
    ],
    [
      'mutual recursion',
      {
        $ref: '#/$defs/a',
        $defs: {
          a: {
            type: 'object',
            properties: { b: { $ref: '#/$defs/b' } },
            additionalProperties: false,
          },
          b: { anyOf: [{ $ref: '#/$defs/a' }, { type: 'integer' }] },
        },
      },
    ],
    [
      'three items by reference, whose fields are enums by reference',
      {
        type: 'array',
        minItems: 3,
        maxItems: 3,
        items: { $ref: '#/$defs/item' },
        $defs: {
          item: {
            type: 'object',
            properties: { one: { $ref: '#/$defs/first' }, two: { $ref: '#/$defs/second' } },
            required: ['one', 'two'],
          },
          first: { enum: ['a', 'b'] },
          second: { enum: ['c', 'd'], type: 'string' },
        },
      },
    ],
    ['an empty schema', {}],
    ['true', true],
  ])('%s', (_, whole) => {
    const matcher = schemaMatcher(whole)
    const validate = ajv.compile(whole as object)
    let judged = 0
    for (let seed = 0; seed < 60; seed++) {
      const text = randomText(matcher, seed)
      if (text === null) continue
      judged++
      expect([text, validate(JSON.parse(text))]).toEqual([text, true])
    }
    expect(judged).toBeGreaterThan(30)
  })
})

describe('texts that are expected', () => {
  const person = {
    type: 'object',
    properties: {
      name: { type: 'string' },
      age: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' } },
    },
    required: ['name'],
  }
  test.each<[unknown, string, boolean]>([
    [person, '{"name":"Jo"}', true],
    [person, '{"name": "Jo", "age": 5}', true],
    [person, '{\n  "name": "Jo",\n  "tags": [\n    "a",\n    "b"\n  ]\n}', true],
    [person, '{"name":"Jo","tags":[]}', true],
    [person, '{"age":5}', false],
    [person, '{"name":"Jo","age":5.5}', false],
    [person, '{"name":"Jo"} ', false],
    [person, '{"name":  "Jo"}', false],
    [{ type: 'string' }, '"\\u00e9\\n\\"/é😀"', true],
    [{ type: 'string' }, '"\\ud83d"', false],
    [{ type: 'string' }, '"a\nb"', false],
    [{ enum: ['é', 'a"b', 'x\ny', ''] }, '"é"', true],
    [{ enum: ['é', 'a"b', 'x\ny', ''] }, '"\\u00e9"', false],
    [{ enum: ['é', 'a"b', 'x\ny', ''] }, '"a\\"b"', true],
    [{ enum: ['é', 'a"b', 'x\ny', ''] }, '"x\\ny"', true],
    [{ enum: ['é', 'a"b', 'x\ny', ''] }, '""', true],
    [{ type: 'string', minLength: 2, maxLength: 2 }, '"é😀"', true],
    [{ type: 'string', minLength: 2, maxLength: 2 }, '"\\u00e9\\n"', true],
    [{ type: 'string', minLength: 2, maxLength: 2 }, '"abc"', false],
    [{ type: 'number' }, '-12.5e+3', true],
    [{ type: 'number' }, '01', false],
    [{ type: 'integer' }, '1e3', false],
    [{ type: 'object' }, '{"a":[1,{"b":null}],"c":true}', true],
    [JSON.parse('{"properties":{"__proto__":{"type":"null"}}}'), '{"__proto__":null}', true],
    [{ type: 'array', maxItems: 0 }, '[]', true],
    [{ type: 'array', prefixItems: [{ type: 'integer' }] }, '[1,2]', false],
  ])('%j %s', (schema, text, isIn) => {
    expect(accepts(schemaMatcher(schema), text)).toBe(isIn)
  })

  test('blanks are bounded, between parts and within strings', () => {
    const any = schemaMatcher({ type: 'object' })
    expect(accepts(any, `{\n${' '.repeat(20)}"a": 1}`)).toBe(true)
    expect(accepts(any, `{\n${' '.repeat(21)}"a": 1}`)).toBe(false)
    expect(accepts(any, '{\n\n"a": 1}')).toBe(false)
    expect(accepts(any, `{"a": "${' '.repeat(32)}"}`)).toBe(true)
    expect(accepts(any, `{"a": "${' '.repeat(33)}"}`)).toBe(false)
  })
})
