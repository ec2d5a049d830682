import { describe, expect, test } from 'vitest'
import { accepts, schemaMatcher } from '../../../support/languages.ts'

describe('refuses, naming the place', () => {
  const deep = (levels: number) => {
    let schema: object = { type: 'string' }
    for (let i = 0; i < levels; i++) schema = { type: 'array', items: schema }
    return schema
  }
  test.each<[unknown, string, string]>([
    [5, 'schema', 'must be an object'],
    [{ type: 5 }, 'schema.type', 'must be one of'],
    [{ type: 'text' }, 'schema.type', 'must be one of'],
    [{ type: ['string', 'x'] }, 'schema.type[1]', 'must be one of'],
    [{ properties: { a: { not: {} } } }, 'schema.properties.a.not', 'is not supported'],
    [{ if: {}, else: {} }, 'schema.if', 'is not supported'],
    [{ type: 'number', multipleOf: 5 }, 'schema.multipleOf', 'is not supported'],
    [{ items: { uniqueItems: true } }, 'schema.items.uniqueItems', 'is not supported'],
    [{ propertyNames: false }, 'schema.propertyNames', 'must be an object or true'],
    [
      { properties: { a: {} }, propertyNames: { maxLength: 3 } },
      'schema.propertyNames',
      'beside properties',
    ],
    [
      { required: ['a'], patternProperties: { '^a': {} } },
      'schema.patternProperties',
      'beside properties',
    ],
    [{ patternProperties: { a: {}, b: {} } }, 'schema.patternProperties', 'more than one pattern'],
    [{ dependentRequired: {} }, 'schema.dependentRequired', 'is not supported'],
    [{ type: 'string', maxlength: 3 }, 'schema.maxlength', 'is not supported'],
    [{ type: 'string', nullable: true }, 'schema.nullable', 'is not supported'],
    [{ type: 'string', format: 'phone' }, 'schema.format', 'is not supported'],
    [{ type: 'string', pattern: 'a', maxLength: 3 }, 'schema.maxLength', 'beside pattern'],
    [{ type: 'string', pattern: 'a(?=b)' }, 'schema.pattern', 'lookaround'],
    [{ type: 'string', pattern: 'a++' }, 'schema.pattern', 'repeats a repetition'],
    [{ type: 'string', pattern: '(a' }, 'schema.pattern', 'without its ")"'],
    [{ $ref: '#/$defs/x' }, 'schema.$ref', 'points to nothing'],
    [{ $ref: 'https://example.org/schema' }, 'schema.$ref', 'must point into this schema'],
    [{ $ref: 5 }, 'schema.$ref', 'must be a string'],
    [
      { items: { $ref: '#/$defs/a' }, $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } } },
      'schema.$defs.a',
      'itself without end',
    ],
    [{ enum: 'a' }, 'schema.enum', 'must be an array'],
    [{ enum: [] }, 'schema', 'leaves no value'],
    [{ type: 'integer', enum: ['a'] }, 'schema', 'leaves no value'],
    [{ enum: ['a'], minLength: 3 }, 'schema.minLength', 'beside enum or const'],
    [{ type: 'integer', minimum: 'a' }, 'schema.minimum', 'must be a number'],
    [{ type: 'string', minLength: -1 }, 'schema.minLength', 'must be a whole number'],
    [{ type: 'string', minLength: 5, maxLength: 2 }, 'schema.maxLength', 'is below minLength'],
    [{ type: 'array', minItems: 5, maxItems: 2 }, 'schema.maxItems', 'is below minItems'],
    [{ required: ['a'], additionalProperties: false }, 'schema.required[0]', 'forbids'],
    [{ oneOf: [{ type: 'integer' }, { type: 'number' }] }, 'schema.oneOf[1]', 'may overlap'],
    [{ oneOf: [{ properties: { a: {} } }, { type: 'string' }] }, 'schema.oneOf[1]', 'may overlap'],
    [{ oneOf: [{}], anyOf: [{}] }, 'schema.oneOf', 'beside anyOf'],
    [{ allOf: [{ pattern: 'a' }, { pattern: 'b' }] }, 'schema', 'two different "pattern"'],
    [
      { allOf: [{ properties: {}, additionalProperties: false }, { properties: { a: {} } }] },
      'schema',
      'forbids "a"',
    ],
    [{ type: 'number', minimum: 1e20 }, 'schema', 'beyond 15 digits'],
    [deep(60_000), 'schema', 'nested more than 64 levels'],
    [{ enum: Array.from({ length: 30_000 }, (_, i) => i) }, 'schema', 'more than 20000 parts'],
  ])('%#: %.60j', (schema, param, problem) => {
    expect(() => schemaMatcher(schema)).toThrowError(
      expect.objectContaining({
        message: expect.stringContaining(problem),
        code: 'invalid_value',
        param,
      }),
    )
  })

  test.each<[unknown, string]>([
    [{ type: 'string', maxLength: 100_000 }, 'too large'],
    [{ type: 'string', pattern: '(a{1000}){1000}' }, 'too large'],
    [false, 'can never be satisfied'],
    [{ $ref: '#' }, 'can never be satisfied'],
    [{ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } }, 'can never be satisfied'],
    [
      { type: 'object', properties: { a: { $ref: '#' } }, required: ['a'] },
      'can never be satisfied',
    ],
    [{ type: 'integer', minimum: 5, maximum: 4 }, 'can never be satisfied'],
  ])('%j', (schema, problem) => {
    expect(() => schemaMatcher(schema)).toThrow(problem)
  })

  test('but takes 5,000 definitions in a chain, and thousands of values', () => {
    const $defs: Record<string, object> = { d0: { const: 'end' } }
    for (let i = 1; i < 5000; i++) $defs[`d${i}`] = { $ref: `#/$defs/d${i - 1}` }
    expect(accepts(schemaMatcher({ $ref: '#/$defs/d4999', $defs }), '"end"')).toBe(true)
    const values = Array.from({ length: 5000 }, (_, i) => `value number ${i}`)
    const matcher = schemaMatcher({ enum: values })
    expect(accepts(matcher, '"value number 4321"')).toBe(true)
    expect(accepts(matcher, '"value number 5000"')).toBe(false)
  })
})
