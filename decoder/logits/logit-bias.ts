import type { Logits } from './logits.ts'

/**
 * Adds a bias to the logits of single tokens: +1 makes a token e times as likely against all others, ±100 all but
 * forces or forbids it. OpenAI's API reference, "logit_bias".
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 * @param bias   token id → what to add, in nats
 */
export function logitBias(logits: Logits, bias: ReadonlyMap<number, number>): void {
  for (const [id, value] of bias) logits[id]! += value
}
