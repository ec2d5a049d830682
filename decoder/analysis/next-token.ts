import { DecodingError } from '../errors.ts'
import type { TokenProbability } from '../events.ts'
import { descending } from '../numerics/descending.ts'
import { exp, log } from '../numerics/exp-log.ts'

/** What one row of logits says about the next token. */
export interface NextToken {
  /** ln Σ e^logit: ln p(id) = logits[id] - normaliser. */
  normaliser: number
  /** -Σ p ln p, in nats; 0 when certain, ln(vocabSize) when every token is as likely. */
  entropy: number
}

/**
 * Normaliser and entropy in one pass: with w = e^(x - max) and W = Σ w, H = ln W - Σ w (x - max) / W.
 *
 * @throws {DecodingError} model_unusable if the row holds NaN or +Infinity, as a damaged weight file makes it do
 */
export function describeNextToken(logits: ArrayLike<number>): NextToken {
  let best = Number.NEGATIVE_INFINITY
  for (let id = 0; id < logits.length; id++) if (logits[id]! > best) best = logits[id]!
  let total = 0
  let weighted = 0
  for (let id = 0; id < logits.length; id++) {
    const distance = logits[id]! - best
    const weight = exp(distance)
    total += weight
    if (weight > 0) weighted += weight * distance
  }
  if (!(total > 0 && total < Number.POSITIVE_INFINITY)) {
    throw new DecodingError('The model computed no usable probabilities', 'model_unusable')
  }
  const logTotal = log(total)
  return { normaliser: best + logTotal, entropy: Math.max(0, logTotal - weighted / total) }
}

/** The `count` likeliest tokens with ln p, best first. */
export function topTokens(
  logits: ArrayLike<number>,
  normaliser: number,
  count: number,
): TokenProbability[] {
  const top: TokenProbability[] = []
  if (count === 0) return top
  for (const id of descending(logits)) {
    top.push({ id, logprob: logits[id]! - normaliser })
    if (top.length === count) break
  }
  return top
}
