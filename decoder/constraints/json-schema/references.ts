import { assertionsOf, checkKeywords, type Schema, typeOf } from './keywords.ts'
import { mergeSchemas } from './merge-schemas.ts'
import { schemaError } from './schema-error.ts'
import { MAX_DEPTH } from './schema-size.ts'

/** What `$ref`s of a schema point to. */
export class References {
  private readonly root: unknown

  constructor(root: unknown) {
    this.root = root
  }

  /** @throws {DecodingError} if it points to nothing, or out of this schema */
  resolve(pointer: unknown, at: string): unknown {
    if (typeof pointer !== 'string') throw schemaError(at, 'must be a string')
    if (pointer !== '#' && !pointer.startsWith('#/')) {
      throw schemaError(at, 'must point into this schema ("#/…")')
    }
    let value = this.root
    for (const step of pointer.split('/').slice(1)) {
      const key = decodeStep(step)
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) {
        throw schemaError(at, `points to nothing: ${JSON.stringify(pointer)}`)
      }
      value = (value as Schema)[key]
    }
    return value
  }

  /** A schema itself, behind its references. @throws {DecodingError} */
  behind(schema: unknown, at: string): Schema {
    let value = schema
    for (let i = 0; i < MAX_DEPTH; i++) {
      if (value === true) return {}
      if (value === false) return { enum: [] }
      if (typeOf(value) !== 'object') throw schemaError(at, 'must be an object, true or false')
      checkKeywords(value as Schema, at)
      const { $ref, ...rest } = value as Schema
      if ($ref === undefined) return rest
      value = this.resolve($ref, `${at}.$ref`)
      if (assertionsOf(rest).length > 0) {
        value = mergeSchemas(
          rest,
          typeof value === 'boolean' ? { allOf: [value] } : (value as Schema),
          at,
        )
      }
    }
    throw schemaError(at, 'refers to itself without end')
  }
}

/** RFC 6901, in a URI's fragment. */
function decodeStep(step: string): string {
  let plain = step
  try {
    plain = decodeURIComponent(step)
  } catch {
    // A lone "%" stands for itself.
  }
  return plain.replaceAll('~1', '/').replaceAll('~0', '~')
}
