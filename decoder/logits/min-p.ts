import { log } from '../numerics/exp-log.ts'
import type { Logits } from './logits.ts'

/**
 * Keeps tokens at least `p` times as likely as the likeliest; the rest become -Infinity. Nguyen et al. 2024,
 * "Turning Up the Heat: Min-p Sampling". The bound moves with the model's certainty, unlike that of top-k and top-p.
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 * @param p      0 ≤ p ≤ 1; 0 keeps all
 * @throws {RangeError} if p is outside [0, 1]
 */
export function minP(logits: Logits, p: number): void {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`min_p must be between 0 and 1, not ${p}`)
  if (p === 0) return
  let best = Number.NEGATIVE_INFINITY
  for (let id = 0; id < logits.length; id++) if (logits[id]! > best) best = logits[id]!
  const border = best + log(p)
  for (let id = 0; id < logits.length; id++) {
    if (logits[id]! < border) logits[id] = Number.NEGATIVE_INFINITY
  }
}
