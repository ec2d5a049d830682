import { constraintFor, STRUCTURED_OUTPUTS, structuredGrammar } from '../constraints/index.ts'
import type { GenerationOptions } from '../options.ts'
import type { Tokenizer } from '../tokenizer.ts'
import { toolGrammar } from './tool-grammar.ts'

/**
 * Options that say what the text must look like, with the constraint that this is for a vocabulary, which is what strategies
 * understand.
 *
 * @throws {DecodingError} invalid_value naming what is wrong with the description, and where
 */
export function withConstraint(
  options: GenerationOptions,
  tokenizer: Tokenizer,
): GenerationOptions {
  const { structured_outputs, tool_calls } = options
  if (!structured_outputs && !tool_calls) return options
  const at = structured_outputs ? (structured_outputs.at ?? STRUCTURED_OUTPUTS) : 'tools'
  const key = JSON.stringify([structured_outputs, tool_calls])
  const constraint = constraintFor(tokenizer, key, at, () => {
    const content = structured_outputs ? structuredGrammar(structured_outputs) : null
    return tool_calls ? toolGrammar(tool_calls, content) : content!
  })
  return { ...options, constraint }
}
