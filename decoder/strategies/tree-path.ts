import { argmax, type Logits, logSumExp } from '../logits/index.ts'
import type { Draft } from './drafters/drafter.ts'

/**
 * Parallel sampling: of all beginnings of a tree's branches, each with the token that the target finds likeliest after
 * it, the one with the highest mean log-probability a token. The beginning may be empty.
 *
 * @param rows     the target's logits after the last token, then after each of the draft's
 * @param process  applies the logits processors in place
 * @returns its nodes, root to leaf
 */
export function bestPath(
  draft: Draft,
  rows: readonly Float32Array[],
  tokens: readonly number[],
  process: (logits: Logits, tokens: readonly number[]) => void,
): number[] {
  const { tokens: drafted, parents } = draft
  let best: number[] = []
  let bestMean = Number.NEGATIVE_INFINITY
  /** By node + 1: the way there, Σ ln p along it, and the row after it less its normaliser. */
  const seen: { path: number[]; sum: number; scores: Float64Array }[] = []
  for (let node = -1; node < drafted.length; node++) {
    const parent = node < 0 ? null : seen[parents[node]! + 1]!
    const path = parent ? [...parent.path, node] : []
    const sum = parent ? parent.sum + parent.scores[drafted[node]!]! : 0
    const scores = new Float64Array(rows[node + 1]!)
    process(scores, [...tokens, ...path.map((index) => drafted[index]!)])
    const normaliser = logSumExp(scores)
    for (let id = 0; id < scores.length; id++) scores[id]! -= normaliser
    seen.push({ path, sum, scores })
    const mean = (sum + scores[argmax(scores)]!) / (path.length + 1)
    if (mean > bestMean) [best, bestMean] = [path, mean]
  }
  return best
}
