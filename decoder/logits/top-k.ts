import { descending } from '../numerics/descending.ts'
import type { Logits } from './logits.ts'

/**
 * Keeps the `k` likeliest tokens; the rest become -Infinity. Fan et al. 2018, "Hierarchical Neural Story Generation".
 * Ties with the k-th are kept, so the result does not depend on an order among equals.
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 * @param k      ≥ 1; a k of the vocabulary's size or more keeps all
 * @throws {RangeError} if k is not a whole number ≥ 1
 */
export function topK(logits: Logits, k: number): void {
  if (!Number.isInteger(k) || k < 1)
    throw new RangeError(`top_k must be a whole number from 1, not ${k}`)
  if (k >= logits.length) return
  let border = Number.NEGATIVE_INFINITY
  let rank = 0
  for (const id of descending(logits)) {
    border = logits[id]!
    if (++rank === k) break
  }
  for (let id = 0; id < logits.length; id++) {
    if (logits[id]! < border) logits[id] = Number.NEGATIVE_INFINITY
  }
}
