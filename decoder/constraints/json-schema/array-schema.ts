import {
  choice,
  EMPTY,
  type Expression,
  NOTHING,
  optional,
  repeat,
  sequence,
  text,
} from '../language/expression.ts'
import type { Compilation } from './compilation.ts'
import { GAP, listOf } from './json-text.ts'
import type { Schema } from './keywords.ts'
import { listIn, schemaError, sizeIn } from './schema-error.ts'

const MAX_TUPLE = 256

/**
 * Lists, and tuples in both spellings: `prefixItems` with `items`, or before 2020 `items` with `additionalItems`. More items
 * than a tuple describes come only where they are described or must be there.
 *
 * @throws {DecodingError} naming what is not supported
 */
export function arraySchema(
  schema: Schema,
  at: string,
  depth: number,
  compilation: Compilation,
): Expression {
  if (schema.uniqueItems) throw schemaError(`${at}.uniqueItems`, 'is not supported')
  const isOldTuple = Array.isArray(schema.items)
  const rest = isOldTuple ? schema.additionalItems : schema.items
  const place = `${at}.${isOldTuple ? 'additionalItems' : 'items'}`
  const tuplePlace = `${at}.${isOldTuple ? 'items' : 'prefixItems'}`
  const tuple = listIn((isOldTuple ? schema.items : schema.prefixItems) ?? [], tuplePlace)
  if (tuple.length > MAX_TUPLE) {
    throw schemaError(tuplePlace, `has more than ${MAX_TUPLE} items`)
  }
  const min = sizeIn(schema, 'minItems', at) ?? 0
  const max = sizeIn(schema, 'maxItems', at)
  if (max !== null && max < min) throw schemaError(`${at}.maxItems`, 'is below minItems')

  const isOpen = rest === undefined ? tuple.length === 0 || min > tuple.length : rest !== false
  const item = isOpen
    ? compilation.named(compilation.value(rest ?? true, place, depth + 1), place)
    : NOTHING
  if (tuple.length === 0) return listOf(item, min, isOpen ? max : 0)
  const heads = tuple.map((head, i) => compilation.value(head, `${tuplePlace}[${i}]`, depth + 1))
  return tupleOf(heads, item, min, max)
}

/** @param item  of those after the heads; `NOTHING` if there are none */
function tupleOf(
  heads: readonly Expression[],
  item: Expression,
  min: number,
  max: number | null,
): Expression {
  if (max === 0) return text('[]')
  const comma = sequence(text(','), GAP)
  const more = repeat(
    sequence(comma, item),
    Math.max(0, min - heads.length),
    max === null ? null : Math.max(0, max - heads.length),
  )
  let tail: Expression = item === NOTHING && min <= heads.length ? EMPTY : more
  for (let i = heads.length - 1; i >= 1; i--) {
    const head = sequence(comma, heads[i]!, tail)
    if (max !== null && i >= max) tail = EMPTY
    else tail = i >= min ? optional(head) : head
  }
  const full = sequence(text('['), GAP, heads[0]!, tail, GAP, text(']'))
  return min === 0 ? choice(text('[]'), full) : full
}
