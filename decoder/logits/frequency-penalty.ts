import type { Logits } from './logits.ts'

/**
 * Subtracts the penalty from a token's logit once for each time it was generated: logit -= penalty · count.
 * OpenAI's API reference, "frequency_penalty"; the prompt does not count.
 *
 * @param logits    [vocabSize] unnormalised log-probabilities, changed in place
 * @param generated the tokens since the prompt
 * @param penalty   0 leaves the logits as they are, below 0 repetition is encouraged
 */
export function frequencyPenalty(
  logits: Logits,
  generated: readonly number[],
  penalty: number,
): void {
  if (penalty === 0) return
  const counts = new Map<number, number>()
  for (const id of generated) counts.set(id, (counts.get(id) ?? 0) + 1)
  for (const [id, count] of counts) logits[id]! -= penalty * count
}
