import { assertionsOf, isSame, type Schema } from './keywords.ts'
import { schemaError } from './schema-error.ts'

/**
 * A schema for what satisfies both.
 *
 * @param at  where they stand, for error messages
 * @throws {DecodingError} naming the keyword that can't be combined
 */
export function mergeSchemas(a: Schema, b: Schema, at: string): Schema {
  const merged: Schema = { ...a }
  for (const key of assertionsOf(b)) {
    if (key === 'properties') continue
    const [x, y] = [a[key], b[key]]
    merged[key] = x === undefined || isSame(x, y) ? y : combine(key, x, y, at)
  }
  if (a.properties !== undefined || b.properties !== undefined) {
    merged.properties = mergeProperties(a, b, at)
  }
  return merged
}

function combine(key: string, x: unknown, y: unknown, at: string): unknown {
  switch (key) {
    case 'type':
      return commonTypes([x].flat(), [y].flat())
    case 'required':
      if (Array.isArray(x) && Array.isArray(y)) return [...new Set([...x, ...y])]
      break
    case 'allOf':
      if (Array.isArray(x) && Array.isArray(y)) return [...x, ...y]
      break
    case 'enum':
      if (Array.isArray(x) && Array.isArray(y)) {
        return x.filter((value) => y.some((other) => isSame(value, other)))
      }
      break
    case 'additionalProperties':
      if (x === false || y === true) return x
      if (y === false || x === true) return y
      return { allOf: [x, y] }
    case 'uniqueItems':
      return true
    case 'minimum':
    case 'exclusiveMinimum':
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return Math.max(Number(x), Number(y))
    case 'maximum':
    case 'exclusiveMaximum':
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return Math.min(Number(x), Number(y))
  }
  throw schemaError(at, `has two different "${key}", which can’t be combined`)
}

function commonTypes(types: unknown[], others: unknown[]): unknown[] {
  return types.flatMap((type) => {
    if (others.includes(type)) return [type]
    if (type === 'number' && others.includes('integer')) return ['integer']
    return type === 'integer' && others.includes('number') ? ['integer'] : []
  })
}

/** A member that only one describes is to the other an additional one. */
function mergeProperties(a: Schema, b: Schema, at: string): Schema {
  const [own, others] = [a, b].map((schema) => new Map(Object.entries(schema.properties ?? {})))
  const merged = new Map<string, unknown>()
  for (const name of new Set([...own!.keys(), ...others!.keys()])) {
    const parts = [
      [own!, a.additionalProperties] as const,
      [others!, b.additionalProperties] as const,
    ].map(([known, additional]) => (known.has(name) ? known.get(name) : (additional ?? true)))
    if (parts.includes(false)) {
      throw schemaError(at, `forbids "${name}" in one part and describes it in another`)
    }
    const limits = parts.filter((part) => part !== true)
    const [only, second] = limits
    merged.set(
      name,
      limits.length === 0
        ? true
        : second === undefined || isSame(only, second)
          ? only
          : { allOf: limits },
    )
  }
  return Object.fromEntries(merged)
}
