import { parseArgs } from 'node:util'
import * as v from 'valibot'
import { DecodingError, type GenerationOptions, generationOptions } from '../../decoder/index.ts'
import { DEFAULT_MODEL_FOLDER } from './paths.ts'

export const USAGE = `Usage: npm run generate -- [--model FOLDER|ID|URL] (--prompt TEXT | --chat TEXT | --prompt-ids 1,2,3)
  [--max-tokens N] [--temperature T] [--top-k K] [--top-p P] [--min-p P] [--seed N] [--stop TEXT]… [--min-tokens N]
  [--ignore-eos] [--json]`

export interface Command {
  help: boolean
  model: string
  input: { kind: 'prompt' | 'chat'; text: string } | { kind: 'ids'; ids: number[] }
  options: GenerationOptions
  json: boolean
}

const NUMBERS = [
  'max-tokens',
  'min-tokens',
  'temperature',
  'top-k',
  'top-p',
  'min-p',
  'seed',
] as const

/** @throws an error that names the argument at fault */
export function parseCommand(args: string[]): Command {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false },
      model: { type: 'string', default: DEFAULT_MODEL_FOLDER },
      runtime: { type: 'string', default: 'transformers' },
      prompt: { type: 'string' },
      chat: { type: 'string' },
      'prompt-ids': { type: 'string' },
      stop: { type: 'string', multiple: true },
      'ignore-eos': { type: 'boolean' },
      json: { type: 'boolean', default: false },
      ...Object.fromEntries(NUMBERS.map((name) => [name, { type: 'string' as const }])),
    },
  })
  if (values.runtime !== 'transformers') {
    throw new DecodingError(
      `There is no runtime "${values.runtime}"; there is: transformers`,
      'invalid_value',
    )
  }
  const given: Record<string, unknown> = { stop: values.stop, ignore_eos: values['ignore-eos'] }
  for (const name of NUMBERS) {
    const value = (values as Record<string, unknown>)[name]
    if (value !== undefined) given[name.replaceAll('-', '_')] = toNumber(name, String(value))
  }
  const input = values.help ? { kind: 'prompt' as const, text: '' } : inputOf(values)
  return {
    help: values.help,
    model: values.model,
    input,
    options: parseOptions(given),
    json: values.json,
  }
}

function inputOf(values: Record<string, unknown>): Command['input'] {
  const given = ['prompt', 'chat', 'prompt-ids'].filter((name) => values[name] !== undefined)
  if (given.length !== 1) {
    throw new DecodingError('Give one of --prompt, --chat and --prompt-ids', 'invalid_value')
  }
  const value = String(values[given[0]!])
  if (given[0] !== 'prompt-ids') return { kind: given[0] as 'prompt' | 'chat', text: value }
  return { kind: 'ids', ids: value.split(',').map((id) => toNumber('prompt-ids', id)) }
}

function toNumber(name: string, text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!Number.isFinite(value))
    throw new DecodingError(`--${name} takes a number, not "${text}"`, 'invalid_value')
  return value
}

function parseOptions(given: Record<string, unknown>): GenerationOptions {
  const result = v.safeParse(generationOptions, given)
  if (result.success) return result.output
  const [issue] = result.issues
  const name = v.getDotPath(issue)?.split('.')[0]?.replaceAll('_', '-')
  throw new DecodingError(`--${name}: ${issue.message}`, 'invalid_value')
}
