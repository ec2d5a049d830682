import type { Logits } from './logits.ts'

/**
 * Makes tokens that have occurred, in the prompt or since, less likely: a positive logit is divided by the penalty, a
 * negative one multiplied, so that over 1 it falls whatever its sign. Once a token, however often it occurred.
 * Keskar et al. 2019, "CTRL", with the sign's correction of Hugging Face `generate`.
 *
 * @param logits  [vocabSize] unnormalised log-probabilities, changed in place
 * @param tokens  the tokens so far, prompt included
 * @param penalty > 0; 1 leaves the logits as they are, below 1 repetition is encouraged
 * @throws {RangeError} if the penalty is not above 0
 */
export function repetitionPenalty(
  logits: Logits,
  tokens: readonly number[],
  penalty: number,
): void {
  if (!(penalty > 0)) throw new RangeError(`repetition_penalty must be above 0, not ${penalty}`)
  if (penalty === 1) return
  for (const id of new Set(tokens)) {
    const logit = logits[id]!
    logits[id] = logit < 0 ? logit * penalty : logit / penalty
  }
}
