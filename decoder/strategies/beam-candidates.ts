import { exp } from '../numerics/exp-log.ts'
import type { Random } from '../numerics/random.ts'

/** A live hypothesis made longer by one token. */
export interface Candidate {
  /** Index of the hypothesis. */
  beam: number
  id: number
  /** Sum of log-probabilities with the new token. */
  logprob: number
}

/** A live hypothesis' sum of log-probabilities, and what each next token would add to it ([vocabSize]). */
export interface Expansion {
  logprob: number
  scores: ArrayLike<number>
}

/** The `count` best continuations, best first; ties by the lower beam, then the lower id. Impossible tokens are none. */
export function topCandidates(expansions: readonly Expansion[], count: number): Candidate[] {
  const top: Candidate[] = []
  let border = Number.NEGATIVE_INFINITY
  for (const [beam, { logprob: before, scores }] of expansions.entries()) {
    for (let id = 0; id < scores.length; id++) {
      const logprob = before + scores[id]!
      if (!(logprob > border)) continue
      let place = top.length
      while (place > 0 && top[place - 1]!.logprob < logprob) place--
      top.splice(place, 0, { beam, id, logprob })
      if (top.length > count) top.pop()
      if (top.length === count) border = top[count - 1]!.logprob
    }
  }
  return top
}

/**
 * Draws `count` different continuations with probabilities proportional to e^logprob, over all beams together, and
 * sorts them, best first. Fewer if fewer are possible.
 */
export function sampleCandidates(
  expansions: readonly Expansion[],
  count: number,
  random: Random,
): Candidate[] {
  let best = Number.NEGATIVE_INFINITY
  for (const { logprob, scores } of expansions) {
    for (let id = 0; id < scores.length; id++) best = Math.max(best, logprob + scores[id]!)
  }
  if (best === Number.NEGATIVE_INFINITY) return []
  const weights = expansions.map(({ logprob, scores }) => {
    const row = new Float64Array(scores)
    for (let id = 0; id < row.length; id++) row[id] = exp(logprob + row[id]! - best)
    return row
  })
  const drawn: Candidate[] = []
  while (drawn.length < count) {
    const place = drawOne(weights, random)
    if (!place) break
    const { logprob, scores } = expansions[place.beam]!
    drawn.push({ ...place, logprob: logprob + scores[place.id]! })
    weights[place.beam]![place.id] = 0
  }
  const before = (a: Candidate, b: Candidate) =>
    b.logprob - a.logprob || a.beam - b.beam || a.id - b.id
  return drawn.sort(before)
}

function drawOne(weights: readonly Float64Array[], random: Random) {
  let total = 0
  for (const row of weights) for (let id = 0; id < row.length; id++) total += row[id]!
  if (total === 0) return null
  let left = random.next() * total
  let last: { beam: number; id: number } | null = null
  for (const [beam, row] of weights.entries()) {
    for (let id = 0; id < row.length; id++) {
      if (row[id] === 0) continue
      last = { beam, id }
      left -= row[id]!
      if (left < 0) return last
    }
  }
  return last // rounding left a sliver at the end
}
