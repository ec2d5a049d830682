import type { Logits } from './logits.ts'

/**
 * Subtracts the penalty from the logit of each token that was generated, however often. OpenAI's API reference,
 * "presence_penalty"; the prompt does not count.
 *
 * @param logits    [vocabSize] unnormalised log-probabilities, changed in place
 * @param generated the tokens since the prompt
 * @param penalty   0 leaves the logits as they are, below 0 repetition is encouraged
 */
export function presencePenalty(
  logits: Logits,
  generated: readonly number[],
  penalty: number,
): void {
  if (penalty === 0) return
  for (const id of new Set(generated)) logits[id]! -= penalty
}
