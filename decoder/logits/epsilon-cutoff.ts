import { log } from '../numerics/exp-log.ts'
import { logSumExp } from './log-softmax.ts'
import type { Logits } from './logits.ts'
import { argmax } from './select.ts'

/**
 * Keeps tokens with a probability of at least `epsilon`, and always the likeliest; the rest become -Infinity.
 * Hewitt et al. 2022, "Truncation Sampling as Language Model Desmoothing". Sensible values are around 3e-4 to 9e-4.
 *
 * @param logits  [vocabSize] unnormalised log-probabilities, changed in place
 * @param epsilon 0 ≤ epsilon < 1; 0 keeps all
 * @throws {RangeError} if epsilon is outside [0, 1)
 */
export function epsilonCutoff(logits: Logits, epsilon: number): void {
  if (!(epsilon >= 0 && epsilon < 1))
    throw new RangeError(`epsilon_cutoff must be at least 0 and below 1, not ${epsilon}`)
  if (epsilon === 0) return
  dropBelow(logits, logSumExp(logits) + log(epsilon))
}

/** Rules out what lies below the border, but never the likeliest token nor its equals. */
export function dropBelow(logits: Logits, border: number): void {
  const safe = Math.min(border, logits[argmax(logits)]!)
  for (let id = 0; id < logits.length; id++) {
    if (logits[id]! < safe) logits[id] = Number.NEGATIVE_INFINITY
  }
}
