import { describeNextToken } from '../analysis/next-token.ts'
import { descending } from '../numerics/descending.ts'
import { exp } from '../numerics/exp-log.ts'
import type { Logits } from './logits.ts'

/**
 * Keeps the tokens whose information, -ln q, is nearest to the expected one, the entropy H, until their probability
 * reaches `p`; the rest become -Infinity. Meister et al. 2022, "Locally Typical Sampling". The likeliest token may be
 * among those dropped: it can be less surprising than text usually is. Ties at the border are kept.
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 * @param p      0 < p ≤ 1; 1 leaves the logits as they are
 * @throws {RangeError} if p is outside (0, 1]
 */
export function typicalP(logits: Logits, p: number): void {
  if (!(p > 0 && p <= 1)) throw new RangeError(`typical_p must be above 0 and at most 1, not ${p}`)
  if (p === 1) return
  const { normaliser, entropy } = describeNextToken(logits)
  /** -|information - H|: the largest is the most typical. */
  const nearness = Float64Array.from(logits, (logit) => -Math.abs(normaliser - logit - entropy))
  let border = Number.NEGATIVE_INFINITY
  let mass = 0
  for (const id of descending(nearness)) {
    border = nearness[id]!
    mass += exp(logits[id]! - normaliser)
    if (mass >= p) break
  }
  for (let id = 0; id < logits.length; id++) {
    if (nearness[id]! < border) logits[id] = Number.NEGATIVE_INFINITY
  }
}
