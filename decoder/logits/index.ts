/**
 * From a row of logits to a token: processors change the logits, then one token is selected.
 *
 * The order is Hugging Face `generate`'s: what forbids tokens, then temperature, top-k, top-p, min-p.
 */
import { DecodingError } from '../errors.ts'
import type { Random } from '../numerics/random.ts'
import type { GenerationOptions } from '../options.ts'
import type { Logits } from './logits.ts'
import { minP } from './min-p.ts'
import { argmax, multinomial } from './select.ts'
import { temperature } from './temperature.ts'
import { topK } from './top-k.ts'
import { topP } from './top-p.ts'

export { logSumExp } from './log-softmax.ts'
export type { Logits }
export { argmax, minP, multinomial, temperature, topK, topP }

/** Changes one row of logits in place, knowing the tokens so far (prompt included). */
export type LogitsProcessor = (logits: Logits, tokens: readonly number[]) => void

/** The processors that a set of options asks for, in their order; those that would change nothing are left out. */
export function logitsProcessors(options: GenerationOptions): LogitsProcessor[] {
  const processors: LogitsProcessor[] = []
  // Greedy decoding takes the largest logit: no temperature and no filter changes which that is.
  if (options.temperature === 0) return processors
  if (options.temperature !== 1)
    processors.push((logits) => temperature(logits, options.temperature))
  if (options.top_k > 0) processors.push((logits) => topK(logits, options.top_k))
  if (options.top_p < 1) processors.push((logits) => topP(logits, options.top_p))
  if (options.min_p > 0) processors.push((logits) => minP(logits, options.min_p))
  return processors
}

/** Picks one token id from processed logits. */
export function selectToken(logits: Logits, options: GenerationOptions, random: Random): number {
  const id = options.temperature === 0 ? argmax(logits) : multinomial(logits, random)
  if (!(logits[id]! > Number.NEGATIVE_INFINITY)) {
    throw new DecodingError('No token is left to choose from', 'invalid_value')
  }
  return id
}
