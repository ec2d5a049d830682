import { descending } from '../numerics/descending.ts'
import { exp } from '../numerics/exp-log.ts'
import { logSumExp } from './log-softmax.ts'
import type { Logits } from './logits.ts'

/**
 * Keeps the smallest set of likeliest tokens whose probability reaches `p` (nucleus sampling); the rest become
 * -Infinity. Holtzman et al. 2020, "The Curious Case of Neural Text Degeneration". Ties at the border are kept.
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 * @param p      0 ≤ p ≤ 1; 1 leaves the logits as they are, 0 keeps the likeliest token
 * @throws {RangeError} if p is outside [0, 1]
 */
export function topP(logits: Logits, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`top_p must be between 0 and 1, not ${p}`)
  if (p === 1) return
  const normaliser = logSumExp(logits)
  let border = Number.NEGATIVE_INFINITY
  let mass = 0
  for (const id of descending(logits)) {
    border = logits[id]!
    mass += exp(border - normaliser)
    if (mass >= p) break
  }
  for (let id = 0; id < logits.length; id++) {
    if (logits[id]! < border) logits[id] = Number.NEGATIVE_INFINITY
  }
}
