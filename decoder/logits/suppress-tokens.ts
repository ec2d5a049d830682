import type { Logits } from './logits.ts'

/**
 * Rules out these tokens. Hugging Face `suppress_tokens`.
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 */
export function suppressTokens(logits: Logits, ids: Iterable<number>): void {
  for (const id of ids) logits[id] = Number.NEGATIVE_INFINITY
}
