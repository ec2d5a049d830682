import { type Expression, repeat, rule } from '../language/expression.ts'
import { parsePattern } from '../notation/pattern.ts'
import { inString, quoted } from './json-text.ts'
import type { Schema } from './keywords.ts'
import { schemaError, sizeIn } from './schema-error.ts'
import { STRING_FORMATS } from './string-formats.ts'

/** @throws {DecodingError} naming what is not supported */
export function stringSchema(schema: Schema, at: string): Expression {
  const { pattern, format } = schema
  const min = sizeIn(schema, 'minLength', at) ?? 0
  const max = sizeIn(schema, 'maxLength', at)
  const [given, other] = ['pattern', 'format', 'minLength', 'maxLength'].filter(
    (key) => schema[key] !== undefined,
  )
  if (other !== undefined && given !== 'minLength') {
    throw schemaError(`${at}.${other}`, `is not supported beside ${given}`)
  }
  if (pattern !== undefined) {
    if (typeof pattern !== 'string') throw schemaError(`${at}.pattern`, 'must be a string')
    const options = { at: `${at}.pattern`, write: inString, around: rule('json text') }
    return quoted(parsePattern(pattern, options))
  }
  if (format !== undefined) {
    if (typeof format !== 'string' || !Object.hasOwn(STRING_FORMATS, format)) {
      const names = Object.keys(STRING_FORMATS).join(', ')
      throw schemaError(`${at}.format`, `is not supported; these are: ${names}`)
    }
    return quoted(parsePattern(STRING_FORMATS[format]!, { at: `${at}.format`, write: inString }))
  }
  if (max !== null && max < min) throw schemaError(`${at}.maxLength`, 'is below minLength')
  if (min === 0 && max === null) return rule('json string')
  return quoted(repeat(rule('json character'), min, max))
}
