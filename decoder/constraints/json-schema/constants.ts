import { choice, type Expression } from '../language/expression.ts'
import { literal } from './json-text.ts'
import { assertionsOf, canonical, type Schema, typeOf } from './keywords.ts'
import { listIn, schemaError } from './schema-error.ts'

/** What `enum` and `const` leave. @throws {DecodingError} if that is nothing, or more keywords stand beside them */
export function constants(schema: Schema, types: readonly string[] | null, at: string): Expression {
  const others = assertionsOf(schema).filter((key) => !['const', 'enum', 'type'].includes(key))
  if (others.length > 0) {
    throw schemaError(`${at}.${others[0]}`, 'is not supported beside enum or const')
  }
  let values = 'enum' in schema ? listIn(schema.enum, `${at}.enum`) : [schema.const]
  if ('const' in schema) {
    values = values.filter((value) => canonical(value) === canonical(schema.const))
  }
  if (types) {
    values = values.filter(
      (value) =>
        types.includes(typeOf(value)) || (types.includes('integer') && Number.isInteger(value)),
    )
  }
  if (values.length === 0) {
    throw schemaError(at, 'leaves no value: enum, const and type contradict each other')
  }
  return choice(...values.map(literal))
}
