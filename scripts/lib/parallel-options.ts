import type { GenerationInput } from '../../decoder/index.ts'
import { toNumber, toNumbers } from './flag-values.ts'

/** Flags for several tokens a pass, and the options they stand for, by path. */
const FLAGS = {
  speculative: 'speculative.method',
  'num-draft-tokens': 'speculative.num_tokens',
  acceptance: 'speculative.acceptance',
  'acceptance-threshold': 'speculative.threshold',
  'tree-widths': 'speculative.widths',
  'tree-branches': 'speculative.branches',
  'tree-nodes': 'speculative.nodes',
  'chunk-size': 'semi_autoregressive.chunk_size',
  'chunk-passes': 'semi_autoregressive.passes',
} as const
const TEXTS: readonly string[] = ['speculative', 'acceptance']
const LISTS: readonly string[] = ['tree-widths']

export const PARALLEL_FLAGS = Object.keys(FLAGS)

/**
 * `speculative` and `semi_autoregressive` out of the flags that were given; what is not given is left to the schema. A
 * threshold alone asks for the rule that it belongs to.
 */
export function parallelOptions(
  values: Readonly<Record<string, unknown>>,
): Pick<GenerationInput, 'speculative' | 'semi_autoregressive'> {
  const given: Record<string, Record<string, unknown>> = {}
  const optionOf = (flag: string, text: string) => {
    if (TEXTS.includes(flag)) return text
    return LISTS.includes(flag) ? toNumbers(flag, text) : toNumber(flag, text)
  }
  for (const [flag, path] of Object.entries(FLAGS)) {
    if (values[flag] === undefined) continue
    const text = String(values[flag])
    const [group, name] = path.split('.') as [string, string]
    given[group] = { ...given[group], [name]: optionOf(flag, text) }
  }
  const { speculative } = given
  if (speculative && 'threshold' in speculative) speculative.acceptance ??= 'threshold'
  return given
}

/** The flag that stands for the option at this path, if one of these does. */
export function parallelFlag(path: string): string | undefined {
  return PARALLEL_FLAGS.find((flag) => path.startsWith(FLAGS[flag as keyof typeof FLAGS]))
}
