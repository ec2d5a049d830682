import { parseArgs } from 'node:util'
import { DecodingError, type GenerationOptions, parseOptions } from '../../decoder/index.ts'
import { type Runtime, toNumber, toNumbers, toRuntime } from './flag-values.ts'
import { PARALLEL_FLAGS, parallelFlag, parallelOptions } from './parallel-options.ts'
import { DEFAULT_MODEL_FOLDER } from './paths.ts'
import { STRUCTURE_FLAGS, structuredOptions } from './structured-options.ts'

export const USAGE = `Usage: npm run generate -- [--model FOLDER|ID|URL] [--runtime transformers|simd]
  (--prompt TEXT | --chat TEXT | --prompt-ids 1,2,3)
  [--max-tokens N] [--temperature T] [--top-k K] [--top-p P] [--min-p P] [--seed N] [--stop TEXT]… [--min-tokens N]
  [--ignore-eos] [--json]
Beyond the context: [--sliding-window N] [--attention-sinks N]
Against repetition: [--repetition-penalty P] [--frequency-penalty P] [--presence-penalty P] [--no-repeat-ngram-size N]
  [--dry-multiplier X] [--dry-base X] [--dry-allowed-length N] [--dry-penalty-last-n N] [--dry-sequence-breakers TEXT]…
Tokens: [--logit-bias ID=BIAS,…] [--bad-words TEXT]… [--suppress-tokens ID,…] [--allowed-token-ids ID,…]
  [--forced-bos-token-id ID] [--forced-eos-token-id ID] [--exponential-decay-length-penalty START,FACTOR]
More of what is drawn from: [--typical-p P] [--epsilon-cutoff P] [--eta-cutoff P] [--xtc-probability P]
  [--xtc-threshold P] [--mirostat 2] [--mirostat-tau BITS] [--mirostat-eta RATE]
What the answer looks like: --json-object | --json-schema FILE | --regex PATTERN | --grammar FILE | --choice TEXT…
Beam search: --num-beams K [--num-return-sequences N] [--length-penalty P] [--early-stopping true|false|never]
  [--num-beam-groups N --diversity-penalty P] [--do-sample] [--force-words TEXT]…
Several tokens a pass: --speculative ngram|draft_model|mtp|tree|lookahead [--num-draft-tokens N] [--draft FOLDER|ID|URL]
  [--acceptance exact|threshold|search] [--acceptance-threshold P] [--tree-widths N,…] [--tree-branches N] [--tree-nodes N]
  or --chunk-size N [--chunk-passes N]
All tokens at once, then again until they settle: --fill N; with a masked model: [--masked FOLDER|ID|URL --passes T]
(one with another vocabulary than the chat model's needs --prompt)`

export interface Command {
  help: boolean
  model: string
  /** Chosen by the files that the model has if not given. */
  runtime: Runtime | undefined
  /** Whose guesses speculative decoding verifies. */
  draft: string | undefined
  input: { kind: 'prompt' | 'chat'; text: string } | { kind: 'ids'; ids: number[] }
  /** Places to be filled all at once, instead of a generation. */
  fill: number | undefined
  /** A masked model that fills them, and in how many passes. */
  masked: string | undefined
  passes: number
  options: GenerationOptions
  json: boolean
}

/** Options that take a number, a list of numbers with commas, or a text (or several: the option is repeated). */
const NUMBERS = [
  'max-tokens',
  'min-tokens',
  'temperature',
  'top-k',
  'top-p',
  'min-p',
  'seed',
  'repetition-penalty',
  'frequency-penalty',
  'presence-penalty',
  'no-repeat-ngram-size',
  'dry-multiplier',
  'dry-base',
  'dry-allowed-length',
  'dry-penalty-last-n',
  'forced-bos-token-id',
  'forced-eos-token-id',
  'typical-p',
  'epsilon-cutoff',
  'eta-cutoff',
  'xtc-probability',
  'xtc-threshold',
  'mirostat',
  'mirostat-tau',
  'mirostat-eta',
  'num-beams',
  'num-return-sequences',
  'length-penalty',
  'num-beam-groups',
  'diversity-penalty',
] as const
const LISTS = ['suppress-tokens', 'allowed-token-ids', 'exponential-decay-length-penalty'] as const
const TEXTS = ['stop', 'bad-words', 'dry-sequence-breakers', 'force-words'] as const

/** @throws an error that names the argument at fault */
export function parseCommand(args: string[]): Command {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false },
      model: { type: 'string', default: DEFAULT_MODEL_FOLDER },
      runtime: { type: 'string' },
      draft: { type: 'string' },
      fill: { type: 'string' },
      masked: { type: 'string' },
      passes: { type: 'string', default: '4' },
      prompt: { type: 'string' },
      chat: { type: 'string' },
      'prompt-ids': { type: 'string' },
      'logit-bias': { type: 'string' },
      'ignore-eos': { type: 'boolean' },
      'early-stopping': { type: 'string' },
      'do-sample': { type: 'boolean' },
      'sliding-window': { type: 'string' },
      'attention-sinks': { type: 'string' },
      json: { type: 'boolean', default: false },
      ...STRUCTURE_FLAGS,
      ...Object.fromEntries(
        [...NUMBERS, ...LISTS, ...PARALLEL_FLAGS].map((name) => [
          name,
          { type: 'string' as const },
        ]),
      ),
      ...Object.fromEntries(
        TEXTS.map((name) => [name, { type: 'string' as const, multiple: true }]),
      ),
    },
  })
  const given: Record<string, unknown> = {
    ignore_eos: values['ignore-eos'],
    early_stopping: values['early-stopping'] && toEarlyStopping(values['early-stopping']),
    do_sample: values['do-sample'],
    logit_bias: values['logit-bias'] && toBias(values['logit-bias']),
    ...parallelOptions(values),
    structured_outputs: structuredOptions(values),
    sliding_window: slidingWindow(values),
  }
  const all: Record<string, unknown> = values
  const give = (names: readonly string[], read: (name: string, value: unknown) => unknown) => {
    for (const name of names) {
      if (all[name] !== undefined) given[name.replaceAll('-', '_')] = read(name, all[name])
    }
  }
  give(NUMBERS, (name, value) => toNumber(name, String(value)))
  give(LISTS, (name, value) => toNumbers(name, String(value)))
  give(TEXTS, (_, value) => value)
  const input = values.help ? { kind: 'prompt' as const, text: '' } : inputOf(values)
  return {
    help: values.help,
    model: values.model,
    runtime: values.runtime === undefined ? undefined : toRuntime(values.runtime),
    draft: values.draft,
    input,
    fill: values.fill === undefined ? undefined : toNumber('fill', values.fill),
    masked: values.masked,
    passes: toNumber('passes', values.passes),
    options: parseOptions(given, flagOf),
    json: values.json,
  }
}

/** Either flag asks for it; the other has the schema's default. */
function slidingWindow(values: Record<string, unknown>): object | undefined {
  const flags = { window: 'sliding-window', sinks: 'attention-sinks' }
  const given = Object.entries(flags).filter(([, flag]) => values[flag] !== undefined)
  if (given.length === 0) return undefined
  return Object.fromEntries(
    given.map(([name, flag]) => [name, toNumber(flag, String(values[flag]))]),
  )
}

function inputOf(values: Record<string, unknown>): Command['input'] {
  const given = ['prompt', 'chat', 'prompt-ids'].filter((name) => values[name] !== undefined)
  if (given.length !== 1) {
    throw new DecodingError('Give one of --prompt, --chat and --prompt-ids', 'invalid_value')
  }
  const value = String(values[given[0]!])
  if (given[0] !== 'prompt-ids') return { kind: given[0] as 'prompt' | 'chat', text: value }
  return { kind: 'ids', ids: toNumbers('prompt-ids', value) }
}

function toEarlyStopping(text: string): boolean | string {
  return text === 'true' || (text === 'false' ? false : text)
}

/** `5=-100,7=2.5` */
function toBias(list: string): Record<string, number> {
  const pairs = list.split(',').map((pair) => {
    const [id, bias, ...rest] = pair.split('=')
    if (bias === undefined || rest.length > 0) {
      throw new DecodingError(`--logit-bias takes ID=BIAS,…, not "${pair}"`, 'invalid_value')
    }
    return [id!.trim(), toNumber('logit-bias', bias)] as const
  })
  return Object.fromEntries(pairs)
}

/** The flag that sets the option at a path. */
function flagOf(path: string): string {
  return `--${parallelFlag(path) ?? path.split('.')[0]!.replaceAll('_', '-')}`
}
