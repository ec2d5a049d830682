import { parseArgs } from 'node:util'
import { DecodingError } from '../../decoder/index.ts'
import { type Runtime, toCount, toRuntime } from './flag-values.ts'
import { DEFAULT_MODEL_FOLDER, DRAFT_MODEL_FOLDER, MASKED_MODEL_FOLDER } from './paths.ts'

export const EVAL_USAGE = `Usage: npm run eval -- [--model FOLDER|ID|URL] [--runtime simd|transformers]
  [--only PATTERN] [--show N] [--data FOLDER] [--draft MODEL] [--masked MODEL] [--json]
--only: the groups of questions whose names match; all of them if left out
--show: so many right and so many wrong answers of each group, written out
--data: a folder with held-out text, NAME.eval.jsonl.xz, whose bits per byte are counted too
--draft, --masked: models whose guesses at the answers are counted; those that come with the default model by default`

export interface EvalCommand {
  help: boolean
  model: string
  runtime: Runtime
  /** Pattern of the groups of questions wanted. */
  only: RegExp
  /** Answers of each group to be written out, right and wrong ones each. */
  show: number
  /** Folder with held-out text. */
  data: string | undefined
  /** A draft model and a masked model with the same vocabulary. */
  draft: string | undefined
  masked: string | undefined
  json: boolean
}

/** @throws an error that names the argument at fault */
export function parseEvalCommand(args: string[]): EvalCommand {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', default: false },
      model: { type: 'string', default: DEFAULT_MODEL_FOLDER },
      runtime: { type: 'string', default: 'simd' },
      only: { type: 'string', default: '' },
      show: { type: 'string', default: '0' },
      data: { type: 'string' },
      draft: { type: 'string' },
      masked: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const isDefault = values.model === DEFAULT_MODEL_FOLDER
  return {
    ...values,
    draft: values.draft ?? (isDefault ? DRAFT_MODEL_FOLDER : undefined),
    masked: values.masked ?? (isDefault ? MASKED_MODEL_FOLDER : undefined),
    runtime: toRuntime(values.runtime),
    only: toPattern('only', values.only),
    show: toCount('show', values.show),
    data: values.data,
  }
}

function toPattern(flag: string, text: string): RegExp {
  try {
    return new RegExp(text)
  } catch {
    throw new DecodingError(
      `--${flag} takes a regular expression, and "${text}" is none`,
      'invalid_value',
    )
  }
}
