import { choice, type Expression, NOTHING, rule } from '../language/expression.ts'
import { arraySchema } from './array-schema.ts'
import type { Compilation } from './compilation.ts'
import { constants } from './constants.ts'
import { areDisjoint } from './disjoint.ts'
import { assertionsOf, checkKeywords, type Schema, TYPES, typeOf } from './keywords.ts'
import { mergeSchemas } from './merge-schemas.ts'
import { numberSchema } from './number-schema.ts'
import { objectSchema } from './object-schema.ts'
import { References } from './references.ts'
import { listIn, schemaError } from './schema-error.ts'
import { checkSize, MAX_DEPTH } from './schema-size.ts'
import { stringSchema } from './string-schema.ts'

/** Schemas looked at, those that combinations make included, and how many of them combinations make. */
const MAX_SCHEMAS = 20_000
const MAX_MERGES = 300
/** Each branch of a oneOf is compared with each other one. */
const MAX_ONE_OF = 64

/**
 * JSON Schema (2020-12, and the older spellings that generators still write) as rules of a grammar. Every text that they
 * describe is valid under the schema; not every valid text is described: members come in the schema's order, members that
 * it does not describe only where it describes none, numbers with bounds in plain notation, blanks bounded. A keyword that
 * is not honoured is refused.
 *
 * @param at     where the schema stands, for error messages
 * @param rules  with those of `jsonRules`; the schema's are added
 * @returns the schema's own rule
 * @throws {DecodingError} invalid_value naming the place in the schema
 */
export function compileSchema(
  schema: unknown,
  at: string,
  rules: Map<string, Expression>,
): Expression {
  checkSize(schema, at)
  return new SchemaCompiler(schema, at, rules).compile()
}

class SchemaCompiler implements Compilation {
  private readonly at: string
  private readonly rules: Map<string, Expression>
  private readonly references: References
  private readonly queue: { name: string; schema: unknown; at: string }[] = []
  private schemas = 0
  private merges = 0

  constructor(root: unknown, at: string, rules: Map<string, Expression>) {
    this.at = at
    this.rules = rules
    this.references = new References(root)
  }

  compile(): Expression {
    const root = this.reference('#', this.at)
    // References are compiled one after another, so that a long chain of them needs no deep stack.
    for (let i = 0; i < this.queue.length; i++) {
      const { name, schema, at } = this.queue[i]!
      this.rules.set(name, this.value(schema, at, 0))
    }
    return root
  }

  value = (schema: unknown, at: string, depth: number): Expression => {
    if (schema === true) return rule('json value')
    if (schema === false) return NOTHING
    if (typeOf(schema) !== 'object') throw schemaError(at, 'must be an object, true or false')
    if (depth > MAX_DEPTH || ++this.schemas > MAX_SCHEMAS) {
      throw schemaError(at, 'is too large, or refers to itself without end')
    }
    const given = schema as Schema
    checkKeywords(given, at)
    if (given.$ref !== undefined) return this.referring(given, at, depth)
    if (given.allOf !== undefined) return this.allOf(given, at, depth)
    if (given.anyOf !== undefined || given.oneOf !== undefined) return this.anyOf(given, at, depth)
    const types = typesIn(given, at)
    if ('const' in given || 'enum' in given) {
      return constants(given, given.type === undefined ? null : types, at)
    }
    if (!types) return rule('json value')
    return choice(...types.map((type) => this.typed(type, given, at, depth)))
  }

  named = (expression: Expression, at: string): Expression => {
    if (expression.kind === 'rule') return expression
    const name = `${at} (${this.rules.size})`
    this.rules.set(name, expression)
    return rule(name)
  }

  private typed(type: string, schema: Schema, at: string, depth: number): Expression {
    switch (type) {
      case 'object':
        return objectSchema(schema, at, depth, this)
      case 'array':
        return arraySchema(schema, at, depth, this)
      case 'string':
        return stringSchema(schema, at)
      case 'number':
      case 'integer':
        return numberSchema(type, schema, at)
    }
    return rule(`json ${type}`)
  }

  private referring({ $ref, ...others }: Schema, at: string, depth: number): Expression {
    if (assertionsOf(others).length === 0) return this.reference($ref, `${at}.$ref`)
    const target = this.references.resolve($ref, `${at}.$ref`)
    return this.value(this.merge(others, { allOf: [target] }, at), at, depth + 1)
  }

  private allOf({ allOf, ...rest }: Schema, at: string, depth: number): Expression {
    const all = listIn(allOf, `${at}.allOf`).reduce<Schema>(
      (merged, part, i) => this.merge(merged, this.behind(part, `${at}.allOf[${i}]`), at),
      rest,
    )
    return this.value(all, at, depth + 1)
  }

  private anyOf({ anyOf, oneOf, ...rest }: Schema, at: string, depth: number): Expression {
    if (anyOf !== undefined && oneOf !== undefined) {
      throw schemaError(`${at}.oneOf`, 'is not supported beside anyOf')
    }
    const name = oneOf === undefined ? 'anyOf' : 'oneOf'
    const branches = listIn(anyOf ?? oneOf, `${at}.${name}`)
    if (oneOf !== undefined) this.checkDisjoint(branches, `${at}.oneOf`)
    const hasMore = assertionsOf(rest).length > 0
    return choice(
      ...branches.map((branch, i) => {
        const place = `${at}.${name}[${i}]`
        const whole = hasMore ? this.merge(rest, this.behind(branch, place), place) : branch
        return this.value(whole, place, depth + 1)
      }),
    )
  }

  /** The rule of what a reference points to; each is compiled once. */
  private reference(pointer: unknown, at: string): Expression {
    const schema = this.references.resolve(pointer, at)
    const path = String(pointer).slice(1)
    const place = `${this.at}${path.replaceAll('/', '.')}`
    const name = `${this.at}#${path}`
    if (!this.rules.has(name)) {
      this.rules.set(name, NOTHING)
      this.queue.push({ name, schema, at: place })
    }
    return rule(name)
  }

  private checkDisjoint(branches: readonly unknown[], at: string): void {
    if (branches.length > MAX_ONE_OF) {
      throw schemaError(at, `has more than ${MAX_ONE_OF} branches; use anyOf`)
    }
    const behind = (schema: unknown) => this.behind(schema, at)
    for (const [i, branch] of branches.entries()) {
      for (const other of branches.slice(0, i)) {
        if (areDisjoint(branch, other, behind)) continue
        const problem = 'may overlap with another branch, so that both could match; use anyOf'
        throw schemaError(`${at}[${i}]`, problem)
      }
    }
  }

  private behind(schema: unknown, at: string): Schema {
    return this.references.behind(schema, at)
  }

  private merge(a: Schema, b: Schema, at: string): Schema {
    if (++this.merges > MAX_MERGES) {
      throw schemaError(at, 'combines too many schemas, or itself without end')
    }
    return mergeSchemas(a, b, at)
  }
}

/** By what keyword a type that is not given is told. */
const TELLTALES: Record<string, readonly string[]> = {
  object: [
    'properties',
    'required',
    'additionalProperties',
    'propertyNames',
    'patternProperties',
    'minProperties',
    'maxProperties',
  ],
  array: ['items', 'prefixItems', 'additionalItems', 'minItems', 'maxItems', 'uniqueItems'],
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'],
}

/** The types that a schema names or implies; null if any will do. @throws {DecodingError} */
function typesIn(schema: Schema, at: string): string[] | null {
  if (schema.type === undefined) {
    const told = Object.entries(TELLTALES).find(([, keys]) =>
      keys.some((key) => schema[key] !== undefined),
    )
    return told ? [told[0]] : null
  }
  const types = [schema.type].flat()
  for (const [i, type] of types.entries()) {
    if (TYPES.includes(type as string)) continue
    const place = Array.isArray(schema.type) ? `${at}.type[${i}]` : `${at}.type`
    throw schemaError(place, `must be one of ${TYPES.join(', ')}`)
  }
  if (types.length === 0) throw schemaError(`${at}.type`, 'leaves no type')
  // Every integer is a number.
  return types.filter((type) => type !== 'integer' || !types.includes('number')) as string[]
}
