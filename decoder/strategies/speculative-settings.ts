import { DecodingError } from '../errors.ts'
import type { LanguageModel } from '../language-model.ts'
import type { GenerationOptions } from '../options.ts'
import { usesBeams } from './beam-settings.ts'
import { hasHeads } from './drafters/index.ts'

/**
 * Refuses what contradicts itself, and methods that this model has no means for.
 *
 * @param draft  the draft model, if there is one
 * @throws {DecodingError} naming the option at fault
 */
export function checkSpeculative(
  options: GenerationOptions,
  model: LanguageModel,
  draft: LanguageModel | null,
): void {
  const { speculative, semi_autoregressive } = options
  if (semi_autoregressive) {
    if (speculative) {
      refuse(
        'semi_autoregressive',
        'semi_autoregressive and speculative are two ways to decode: give one',
      )
    }
    if (usesBeams(options)) {
      refuse('semi_autoregressive', 'semi_autoregressive does not go with beam search')
    }
    if (options.temperature !== 0) {
      refuse('semi_autoregressive', 'semi_autoregressive is greedy: set temperature to 0')
    }
  }
  if (!speculative) return
  const { method, acceptance, threshold } = speculative
  if (usesBeams(options)) {
    refuse('speculative', 'speculative does not go with beam search: leave out one of them')
  }
  if (method === 'draft_model' && !draft) {
    refuse('speculative.method', 'No draft model is configured here: choose another method')
  }
  if (method === 'mtp' && !hasHeads(model)) {
    refuse('speculative.method', 'This model has no multi-token heads: choose another method')
  }
  if (method !== 'tree') {
    for (const name of ['widths', 'branches', 'nodes'] as const) {
      if (speculative[name] != null) {
        refuse(`speculative.${name}`, `${name} shapes a tree, and the method is ${method}`)
      }
    }
  }
  if (acceptance === 'search' && method !== 'tree') {
    refuse(
      'speculative.acceptance',
      'search chooses between the branches of a tree: set method to "tree"',
    )
  }
  if ((acceptance === 'threshold') !== (threshold != null)) {
    refuse('speculative.threshold', 'threshold and acceptance "threshold" need each other')
  }
}

function refuse(param: string, message: string): never {
  throw new DecodingError(message, 'invalid_value', param)
}
