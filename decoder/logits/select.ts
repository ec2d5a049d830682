import { exp } from '../numerics/exp-log.ts'
import type { Random } from '../numerics/random.ts'
import type { Logits } from './logits.ts'

/** The likeliest token; the lowest id among equals. */
export function argmax(logits: Logits): number {
  let best = 0
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id
  return best
}

/** One draw from softmax(logits): a uniform number walks the cumulative probabilities in the order of ids. */
export function multinomial(logits: Logits, random: Random): number {
  const best = logits[argmax(logits)]!
  let sum = 0
  for (let id = 0; id < logits.length; id++) sum += exp(logits[id]! - best)
  let left = random.next() * sum
  let last = 0
  for (let id = 0; id < logits.length; id++) {
    const weight = exp(logits[id]! - best)
    if (weight === 0) continue
    last = id
    left -= weight
    if (left < 0) return id
  }
  return last // rounding left a sliver at the end
}
