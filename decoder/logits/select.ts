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
  return categorical(weightsOf(logits), random)
}

/** One draw in proportion to weights, of which at least one must be over 0. */
export function categorical(weights: Float64Array, random: Random): number {
  let sum = 0
  for (let id = 0; id < weights.length; id++) sum += weights[id]!
  let left = random.next() * sum
  let last = 0
  for (let id = 0; id < weights.length; id++) {
    const weight = weights[id]!
    if (weight === 0) continue
    last = id
    left -= weight
    if (left < 0) return id
  }
  return last // rounding left a sliver at the end
}

/** softmax(logits), [vocabSize]. */
export function probabilitiesOf(logits: Logits): Float64Array {
  const weights = weightsOf(logits)
  let sum = 0
  for (let id = 0; id < weights.length; id++) sum += weights[id]!
  for (let id = 0; id < weights.length; id++) weights[id]! /= sum
  return weights
}

/** e^(logit - largest logit). */
function weightsOf(logits: Logits): Float64Array {
  const best = logits[argmax(logits)]!
  const weights = new Float64Array(logits)
  for (let id = 0; id < weights.length; id++) weights[id] = exp(weights[id]! - best)
  return weights
}
