import { canonical, type Schema, typeOf } from './keywords.ts'

const MAX_DEPTH = 8

/**
 * True if it is plain that no value can satisfy both: they have other types, other constants, or a member that both
 * require and that is such.
 *
 * @param behind  follows a schema's `$ref`
 */
export function areDisjoint(
  a: unknown,
  b: unknown,
  behind: (schema: unknown) => Schema,
  depth = 0,
): boolean {
  const [x, y] = [behind(a), behind(b)]
  const [xs, ys] = [constantsOf(x), constantsOf(y)]
  if (xs && ys) {
    const others = new Set(ys.map(canonical))
    return !xs.some((value) => others.has(canonical(value)))
  }
  const [types, others] = [typesOf(x), typesOf(y)]
  if (types && others && !types.some((type) => others.includes(type))) return true
  if (!isObject(x) || !isObject(y) || depth > MAX_DEPTH) return false
  const [properties, otherProperties] = [propertiesOf(x), propertiesOf(y)]
  return [x.required ?? []].flat().some((name) => {
    if (typeof name !== 'string' || ![y.required].flat().includes(name)) return false
    if (!Object.hasOwn(properties, name) || !Object.hasOwn(otherProperties, name)) return false
    return areDisjoint(properties[name], otherProperties[name], behind, depth + 1)
  })
}

const propertiesOf = (schema: Schema) => (schema.properties ?? {}) as Schema

function constantsOf(schema: Schema): unknown[] | null {
  if ('const' in schema) return [schema.const]
  return Array.isArray(schema.enum) ? schema.enum : null
}

/** Types that the schema itself names; null if it leaves any. */
function typesOf(schema: Schema): unknown[] | null {
  if (schema.type === undefined) return constantsOf(schema)?.map(typeOf) ?? null
  return [schema.type].flat().map((type) => (type === 'integer' ? 'number' : type))
}

/** Whether all that is ever generated for a schema are objects. */
function isObject(schema: Schema): boolean {
  const types = typesOf(schema)
  return types ? types.every((type) => type === 'object') : schema.properties !== undefined
}
