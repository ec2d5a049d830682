import { schemaError } from './schema-error.ts'

export type Schema = Record<string, unknown>

export const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']

/** Keywords that limit the value, and are honoured. */
const ASSERTIONS = new Set([
  '$ref',
  'type',
  'enum',
  'const',
  'anyOf',
  'oneOf',
  'allOf',
  'properties',
  'required',
  'additionalProperties',
  'propertyNames',
  'patternProperties',
  'minProperties',
  'maxProperties',
  'items',
  'prefixItems',
  'additionalItems',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minLength',
  'maxLength',
  'pattern',
  'format',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
])

/** Keywords that describe the value without limiting it. */
const ANNOTATIONS = new Set([
  '$schema',
  '$id',
  'id',
  '$anchor',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'contentEncoding',
  'contentMediaType',
  'contentSchema',
  'discriminator',
  'externalDocs',
])

/** A schema's keywords that limit the value. */
export const assertionsOf = (schema: Schema): string[] =>
  Object.keys(schema).filter((key) => ASSERTIONS.has(key))

/**
 * Refuses every keyword that is not known to be honoured or harmless: `not` and `if`, but also a misspelt one, which
 * would limit nothing.
 *
 * @throws {DecodingError} naming it
 */
export function checkKeywords(schema: Schema, at: string): void {
  const found = Object.keys(schema).find(
    (key) => !ASSERTIONS.has(key) && !ANNOTATIONS.has(key) && !key.startsWith('x-'),
  )
  if (found !== undefined) throw schemaError(`${at}.${found}`, 'is not supported')
}

/** A value's type in JSON Schema's words. */
export function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}

/** Equal in JSON Schema's sense: the order of members does not matter. */
export function isSame(x: unknown, y: unknown): boolean {
  return x === y || canonical(x) === canonical(y)
}

/** One text for all spellings of a value. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object') return JSON.stringify(value)
  return JSON.stringify(value, (_, part) =>
    typeOf(part) === 'object' ? Object.fromEntries(Object.entries(part).sort()) : part,
  )
}
