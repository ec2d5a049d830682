import { exp, log } from '../numerics/exp-log.ts'

/** ln Σ e^x, the normaliser of a row of logits: ln p(id) = logits[id] - logSumExp(logits). */
export function logSumExp(logits: ArrayLike<number>): number {
  let best = Number.NEGATIVE_INFINITY
  for (let id = 0; id < logits.length; id++) if (logits[id]! > best) best = logits[id]!
  let sum = 0
  for (let id = 0; id < logits.length; id++) sum += exp(logits[id]! - best)
  return best + log(sum)
}
