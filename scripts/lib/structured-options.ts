import { readFileSync } from 'node:fs'
import { DecodingError, type StructuredOutputs } from '../../decoder/index.ts'

/** Flags that say what the answer looks like; of schemas and grammars they name the file. */
export const STRUCTURE_FLAGS = {
  'json-object': { type: 'boolean' },
  'json-schema': { type: 'string' },
  regex: { type: 'string' },
  grammar: { type: 'string' },
  choice: { type: 'string', multiple: true },
} as const

/**
 * `structured_outputs` out of the flags that were given; undefined if none was.
 *
 * @throws {DecodingError} if there are several, or a file can't be read
 */
export function structuredOptions(
  values: Readonly<Record<string, unknown>>,
): StructuredOutputs | undefined {
  const flags = Object.keys(STRUCTURE_FLAGS).filter((flag) => values[flag] !== undefined)
  const [flag, other] = flags
  if (flag === undefined) return undefined
  if (other !== undefined) {
    const message = `--${flag} and --${other} both say what the answer looks like: give one`
    throw new DecodingError(message, 'invalid_value')
  }
  const at = `--${flag}`
  const value = values[flag]
  switch (flag) {
    case 'json-schema':
      return { json: read(at, String(value)), at }
    case 'grammar':
      return { grammar: read(at, String(value)), at }
    case 'regex':
      return { regex: String(value), at }
    case 'choice':
      return { choice: value as string[], at }
  }
  return { json_object: true, at }
}

function read(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new DecodingError(`${flag} takes a file, and "${path}" can’t be read`, 'invalid_value')
  }
}
