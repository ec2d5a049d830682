import { type Expression, rule } from '../language/expression.ts'
import type { Schema } from './keywords.ts'
import { type Bounds, numberRange } from './number-range.ts'
import { schemaError } from './schema-error.ts'
import { STRING_FORMATS } from './string-formats.ts'

/** OpenAPI's formats of numbers, with the bounds that they bring; those of 64 bits are wider than what is ever written. */
const NUMBER_FORMATS: Record<string, { min: number; max: number } | null> = {
  int32: { min: -(2 ** 31), max: 2 ** 31 - 1 },
  int64: null,
  float: null,
  double: null,
}

/** @throws {DecodingError} naming what is not supported */
export function numberSchema(type: 'number' | 'integer', schema: Schema, at: string): Expression {
  const format = formatBounds(schema, at)
  const min = bound(schema, 'minimum', at)
  const max = bound(schema, 'maximum', at)
  const bounds: Bounds = {
    min: format ? Math.max(min ?? format.min, format.min) : min,
    max: format ? Math.min(max ?? format.max, format.max) : max,
    exclusiveMin: bound(schema, 'exclusiveMinimum', at),
    exclusiveMax: bound(schema, 'exclusiveMaximum', at),
  }
  if (Object.values(bounds).every((value) => value === null)) return rule(`json ${type}`)
  const range = numberRange(bounds, type === 'integer')
  if (!range) throw schemaError(at, 'has a bound beyond 15 digits or 6 decimals')
  return range
}

function bound(schema: Schema, key: string, at: string): number | null {
  const value = schema[key]
  if (value === undefined) return null
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw schemaError(`${at}.${key}`, 'must be a number')
}

function formatBounds({ format }: Schema, at: string) {
  // A format of strings says nothing of a number that may stand in its place.
  if (format === undefined || Object.hasOwn(STRING_FORMATS, String(format))) return null
  if (typeof format !== 'string' || !Object.hasOwn(NUMBER_FORMATS, format)) {
    const names = Object.keys(NUMBER_FORMATS).join(', ')
    throw schemaError(`${at}.format`, `is not supported for numbers; these are: ${names}`)
  }
  return NUMBER_FORMATS[format]
}
