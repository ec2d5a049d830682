import {
  argmax,
  categorical,
  type Logits,
  logSumExp,
  probabilitiesOf,
  type TokenSampler,
} from '../logits/index.ts'
import { exp } from '../numerics/exp-log.ts'
import type { Random } from '../numerics/random.ts'
import type { Draft } from './drafters/drafter.ts'

/** The target's choice at one position, and the draft's token it agrees with: -1 if none. */
export interface Choice {
  id: number
  node: number
}

/**
 * Chooses the next token where a draft has proposed some (`nodes`, siblings; none after its leaves).
 *
 * @param scores  processed logits of the target; warped in place
 * @param tokens  the tokens so far
 */
export type Acceptance = (
  scores: Logits,
  tokens: readonly number[],
  nodes: readonly number[],
  draft: Draft,
) => Choice

/**
 * Changes nothing about the answer. The target chooses as it does without a draft, and a guess is accepted if that is
 * what it chose: the same tokens for the same seed. A guess x that was drawn from a distribution q is accepted with
 * probability min(1, p(x) / q(x)), and otherwise a token is drawn from max(0, p - q) / Σ max(0, p - q), which together
 * is a draw from p: Leviathan et al. 2023, appendix A.1. p and q are the distributions after processors and warpers.
 */
export function exact(sampler: TokenSampler, random: Random): Acceptance {
  return (scores, tokens, nodes, { tokens: drafted, probabilities }) => {
    const [only] = nodes
    if (!probabilities || only === undefined || sampler.greedy) {
      const id = sampler.pick(scores, tokens)
      return { id, node: nodes.find((node) => drafted[node] === id) ?? -1 }
    }
    // For its error: nothing may be left to choose from.
    if (scores[argmax(scores)] === Number.NEGATIVE_INFINITY) sampler.pick(scores, tokens)
    sampler.warp(scores, tokens)
    const p = probabilitiesOf(scores)
    const q = probabilities[only]!
    const guess = drafted[only]!
    const isAccepted = random.next() * q[guess]! < p[guess]!
    const id = isAccepted ? guess : categorical(residual(p, q), random)
    sampler.accept(scores, id)
    return { id, node: isAccepted ? only : -1 }
  }
}

/**
 * Lossy: accepts the likeliest guess whose probability under the target is over `threshold`, whatever the target would
 * have chosen. p is the distribution that is drawn from; in greedy decoding, softmax of the processed logits.
 */
export function threshold(minimum: number, sampler: TokenSampler): Acceptance {
  return (scores, tokens, nodes, { tokens: drafted }) => {
    const [best] = [...nodes].sort((a, b) => scores[drafted[b]!]! - scores[drafted[a]!]!)
    if (best !== undefined && scores[drafted[best]!]! > Number.NEGATIVE_INFINITY) {
      const warped = scores.slice()
      if (!sampler.greedy) sampler.warp(warped, tokens)
      const id = drafted[best]!
      if (exp(warped[id]! - logSumExp(warped)) > minimum) {
        sampler.accept(warped, id)
        return { id, node: best }
      }
    }
    const id = sampler.pick(scores, tokens)
    return { id, node: nodes.find((node) => drafted[node] === id) ?? -1 }
  }
}

/** Lossy: follows a path that was chosen beforehand, then the target's own choice. */
export function follow(path: readonly number[], sampler: TokenSampler): Acceptance {
  return (scores, tokens, nodes, { tokens: drafted }) => {
    const node = nodes.find((candidate) => path.includes(candidate)) ?? -1
    return { id: node < 0 ? sampler.pick(scores, tokens) : drafted[node]!, node }
  }
}

/** max(0, p - q), or p where rounding leaves nothing of it. */
function residual(p: Float64Array, q: Float64Array): Float64Array {
  let sum = 0
  const rest = new Float64Array(p.length)
  for (let id = 0; id < p.length; id++) {
    rest[id] = Math.max(0, p[id]! - q[id]!)
    sum += rest[id]!
  }
  return sum > 0 ? rest : p
}
