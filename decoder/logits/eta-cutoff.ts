import { describeNextToken } from '../analysis/next-token.ts'
import { log } from '../numerics/exp-log.ts'
import { dropBelow } from './epsilon-cutoff.ts'
import type { Logits } from './logits.ts'

/**
 * Keeps tokens with a probability of at least eta = min(epsilon, √epsilon · e^-H), H the entropy in nats, and always
 * the likeliest; the rest become -Infinity. The bound falls where the model is unsure. Hewitt et al. 2022, "Truncation
 * Sampling as Language Model Desmoothing". Sensible values are around 3e-4 to 2e-3.
 *
 * @param logits  [vocabSize] unnormalised log-probabilities, changed in place
 * @param epsilon 0 ≤ epsilon < 1; 0 keeps all
 * @throws {RangeError} if epsilon is outside [0, 1)
 */
export function etaCutoff(logits: Logits, epsilon: number): void {
  if (!(epsilon >= 0 && epsilon < 1))
    throw new RangeError(`eta_cutoff must be at least 0 and below 1, not ${epsilon}`)
  if (epsilon === 0) return
  const { normaliser, entropy } = describeNextToken(logits)
  const logEpsilon = log(epsilon)
  dropBelow(logits, normaliser + Math.min(logEpsilon, logEpsilon / 2 - entropy))
}
