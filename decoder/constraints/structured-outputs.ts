import { DecodingError } from '../errors.ts'
import type { StructuredOutputs } from '../structured-options.ts'
import { compileSchema } from './json-schema/compile-schema.ts'
import { jsonRules } from './json-schema/json-text.ts'
import { choice, type Grammar, grammarOf, text } from './language/expression.ts'
import { parseGrammar } from './notation/grammar.ts'
import { parsePattern } from './notation/pattern.ts'

/** The field that structured outputs are asked for in, unless they say another. */
export const STRUCTURED_OUTPUTS = 'structured_outputs'

/**
 * The texts that `structured_outputs` describes.
 *
 * @throws {DecodingError} invalid_value naming what is wrong with the description, and where
 */
export function structuredGrammar(outputs: StructuredOutputs): Grammar {
  const { at: field, ...all } = outputs
  const at = field ?? STRUCTURED_OUTPUTS
  const given = Object.entries(all).filter(([, value]) => value != null && value !== false)
  if (given.length !== 1) {
    const names = Object.keys(outputs).length === 0 ? '' : `, not ${given.length}`
    throw new DecodingError(
      `${at} takes one of json, json_object, regex, choice and grammar${names}`,
      'invalid_value',
      at,
    )
  }
  // What came in a field of its own is that field; in `structured_outputs` it has one more name.
  const place = (name: string) => (field ? at : `${at}.${name}`)
  const { json, regex, choice: choices, grammar } = all
  if (json != null) return schemaGrammar(json, place('json'))
  if (regex != null) return grammarOf(parsePattern(regex, { at: place('regex') }))
  if (choices != null) return grammarOf(choice(...choices.map(text)))
  if (grammar != null) return parseGrammar(grammar, place('grammar'))
  return { root: 'json object', rules: jsonRules() }
}

/** @param schema  may be JSON text, as vLLM takes it */
function schemaGrammar(schema: unknown, at: string): Grammar {
  const rules = jsonRules()
  const root = compileSchema(parsed(schema, at), at, rules)
  rules.set('root', root)
  return { root: 'root', rules }
}

function parsed(schema: unknown, at: string): unknown {
  if (typeof schema !== 'string') return schema
  try {
    return JSON.parse(schema)
  } catch {
    throw new DecodingError(`${at} is a text that is not JSON`, 'invalid_value', at)
  }
}
