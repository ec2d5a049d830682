import { integerPower } from '../numerics/integer-power.ts'
import type { Logits } from './logits.ts'

/** Keeps a logit finite in single precision, however long the answer has become. */
const LARGEST_FACTOR = 1e30

/**
 * Makes the end tokens ever likelier once `start` tokens were generated, so that the answer ends soon and yet at a fit
 * place: with n tokens more than that, logit += |logit| · (factor^n - 1). Hugging Face
 * `exponential_decay_length_penalty`. An end token that was ruled out stays so.
 *
 * @param logits    [vocabSize] unnormalised log-probabilities, changed in place
 * @param generated number of tokens since the prompt
 * @param start     ≥ 0
 * @param factor    > 0; 1 leaves the logits as they are, below 1 the answer is drawn out
 * @throws {RangeError} if the factor is not above 0
 */
export function exponentialDecayLengthPenalty(
  logits: Logits,
  generated: number,
  { start, factor, eosIds }: { start: number; factor: number; eosIds: readonly number[] },
): void {
  if (!(factor > 0)) {
    const name = 'exponential_decay_length_penalty'
    throw new RangeError(`${name}: the factor must be above 0, not ${factor}`)
  }
  if (generated <= start || factor === 1) return
  const grown = Math.min(integerPower(factor, generated - start), LARGEST_FACTOR) - 1
  for (const id of eosIds) {
    const size = Math.abs(logits[id]!)
    if (size < Number.POSITIVE_INFINITY) logits[id]! += size * grown
  }
}
