import type { Logits } from './logits.ts'

/**
 * Rules out all tokens but these; an end token too, unless it is one of them. vLLM's `allowed_token_ids`.
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 */
export function allowedTokens(logits: Logits, ids: ReadonlySet<number>): void {
  for (let id = 0; id < logits.length; id++) {
    if (!ids.has(id)) logits[id] = Number.NEGATIVE_INFINITY
  }
}
