import * as v from 'valibot'
import { DecodingError } from './errors.ts'
import { type GenerationOptions, generationOptions } from './options.ts'

/**
 * Options as a caller gave them, checked, with the defaults filled in.
 *
 * @param nameOf  what the caller calls the option at a path (`speculative.num_tokens`); its path if left out
 * @throws {DecodingError} invalid_value, whose message begins with the name of the first option at fault
 */
export function parseOptions(
  given: unknown,
  nameOf: (path: string) => string = (path) => path,
): GenerationOptions {
  const result = v.safeParse(generationOptions, given)
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  const name = path === null ? 'the options' : nameOf(path)
  throw new DecodingError(`${name}: ${issue.message}`, 'invalid_value')
}
