import { DecodingError } from '../../errors.ts'

/** @param at  the place in the schema: `response_format.json_schema.schema.properties.age` */
export function schemaError(at: string, problem: string): DecodingError {
  return new DecodingError(`${at} ${problem}`, 'invalid_value', at)
}

/** @throws {DecodingError} */
export function listIn(value: unknown, at: string): unknown[] {
  if (!Array.isArray(value)) throw schemaError(at, 'must be an array')
  return value
}

/** A count such as `minItems`; null if it is not given. @throws {DecodingError} */
export function sizeIn(schema: Record<string, unknown>, key: string, at: string): number | null {
  const value = schema[key]
  if (value === undefined) return null
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw schemaError(`${at}.${key}`, 'must be a whole number, 0 or more')
  }
  return value as number
}
