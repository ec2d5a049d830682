import {
  choice,
  EMPTY,
  type Expression,
  NOTHING,
  optional,
  rule,
  sequence,
  text,
} from '../language/expression.ts'
import type { Compilation } from './compilation.ts'
import { GAP, literal, mapOf, objectOf, pair } from './json-text.ts'
import { type Schema, typeOf } from './keywords.ts'
import { listIn, schemaError, sizeIn } from './schema-error.ts'

/** A member that the schema describes. */
interface Member {
  name: string
  isRequired: boolean
  schema: unknown
  at: string
}

/**
 * Members come in the schema's order; those that it does not describe only where it describes none.
 *
 * @throws {DecodingError} naming what is not supported
 */
export function objectSchema(
  schema: Schema,
  at: string,
  depth: number,
  compilation: Compilation,
): Expression {
  const additional = schema.additionalProperties ?? true
  const members = membersOf(schema, additional, at)
  const required = members.filter(({ isRequired }) => isRequired).length
  const min = sizeIn(schema, 'minProperties', at) ?? 0
  const max = sizeIn(schema, 'maxProperties', at)
  if (members.length === 0) {
    const member = freeMember(schema, at, depth, compilation)
    if (!member) {
      if (min > 0) throw schemaError(`${at}.minProperties`, 'asks for members that are forbidden')
      return text('{}')
    }
    // Members may come with equal names, and then count once.
    if (min > 1) {
      throw schemaError(`${at}.minProperties`, 'over 1 is not supported without properties')
    }
    return mapOf(compilation.named(member, at), min, max)
  }
  for (const key of ['patternProperties', 'propertyNames'] as const) {
    if (limitsNames(schema[key])) {
      throw schemaError(`${at}.${key}`, 'is not supported beside properties')
    }
  }
  if (min > required) {
    throw schemaError(`${at}.minProperties`, 'over the number of required members is not supported')
  }
  if (max !== null && max < members.length) {
    throw schemaError(`${at}.maxProperties`, 'under the number of properties is not supported')
  }
  const pairs = members.map((member) => ({
    isRequired: member.isRequired,
    pair: pair(literal(member.name), compilation.value(member.schema, member.at, depth + 1)),
  }))
  return inOrder(pairs, at, compilation)
}

/** Any member of an object that describes none by name; null if there can't be one. */
function freeMember(
  schema: Schema,
  at: string,
  depth: number,
  { value }: Compilation,
): Expression | null {
  const { propertyNames = true, patternProperties = {}, additionalProperties = true } = schema
  const place = `${at}.patternProperties`
  if (typeOf(patternProperties) !== 'object') throw schemaError(place, 'must be an object')
  const [pattern, other] = Object.entries(patternProperties as Schema)
  if (!pattern) {
    if (additionalProperties === false) return null
    const names =
      propertyNames === true ? rule('json string') : nameSchema(propertyNames, at, value)
    return pair(names, value(additionalProperties, `${at}.additionalProperties`, depth + 1))
  }
  if (other) throw schemaError(place, 'of more than one pattern is not supported')
  if (limitsNames(propertyNames)) {
    throw schemaError(`${at}.propertyNames`, 'is not supported beside patternProperties')
  }
  const [name, member] = pattern
  const names = value({ type: 'string', pattern: name }, place, depth + 1)
  return pair(names, value(member, `${place}.${name}`, depth + 1))
}

/** Names are strings, whether their schema says so or not. */
function nameSchema(schema: unknown, at: string, value: Compilation['value']): Expression {
  const place = `${at}.propertyNames`
  if (typeOf(schema) !== 'object') throw schemaError(place, 'must be an object or true')
  return value({ allOf: [{ type: 'string' }, schema] }, place, 0)
}

/** Whether `propertyNames` or `patternProperties` say more of names than that they are strings. */
function limitsNames(schema: unknown): boolean {
  if (schema === undefined || schema === true) return false
  if (typeOf(schema) !== 'object') return true
  return Object.entries(schema as Schema).some(
    ([key, value]) => key !== 'type' || value !== 'string',
  )
}

/** The members under `properties`, and those that are only required. */
function membersOf(schema: Schema, additional: unknown, at: string): Member[] {
  const properties = schema.properties ?? {}
  if (typeOf(properties) !== 'object') throw schemaError(`${at}.properties`, 'must be an object')
  const required = schema.required === undefined ? [] : listIn(schema.required, `${at}.required`)
  const wanted = new Set(required)
  const members: Member[] = Object.entries(properties).map(([name, member]) => ({
    name,
    isRequired: wanted.has(name),
    schema: member,
    at: `${at}.properties.${name}`,
  }))
  const known = new Set(members.map(({ name }) => name))
  for (const [i, name] of required.entries()) {
    if (typeof name !== 'string') throw schemaError(`${at}.required[${i}]`, 'must be a string')
    if (known.has(name)) continue
    if (additional === false) {
      throw schemaError(`${at}.required[${i}]`, 'names a member that additionalProperties forbids')
    }
    known.add(name)
    members.push({ name, isRequired: true, schema: additional, at: `${at}.additionalProperties` })
  }
  return members
}

/** With commas between those that are there. */
function inOrder(
  members: readonly { isRequired: boolean; pair: Expression }[],
  at: string,
  { named }: Compilation,
): Expression {
  /** What follows when there was a member before, and when there was none. */
  let after: Expression = EMPTY
  let first: Expression = NOTHING
  let canBeEmpty = true
  for (const { isRequired, pair } of members.toReversed()) {
    const member = named(pair, at)
    const begin = sequence(member, after)
    const withComma = sequence(text(','), GAP, member)
    first = named(isRequired ? begin : choice(begin, first), at)
    after = named(sequence(isRequired ? withComma : optional(withComma), after), at)
    canBeEmpty &&= !isRequired
  }
  return canBeEmpty ? choice(text('{}'), objectOf(first)) : objectOf(first)
}
