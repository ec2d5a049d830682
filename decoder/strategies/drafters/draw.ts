import { argmax, categorical, type Logits, probabilitiesOf } from '../../logits/index.ts'
import type { DraftRules } from './drafter.ts'

/** A guess, and the distribution it was drawn from; null if it was not drawn. */
export interface Guess {
  id: number
  probabilities: Float64Array | null
}

/**
 * Guesses a token as the target would choose one: the likeliest in greedy decoding, else a draw from the processed and
 * warped distribution.
 *
 * @param logits  changed in place
 * @returns null if the processors have left nothing
 */
export function guess(logits: Logits, tokens: readonly number[], rules: DraftRules): Guess | null {
  rules.process(logits, tokens)
  const best = argmax(logits)
  if (!(logits[best]! > Number.NEGATIVE_INFINITY)) return null
  if (rules.greedy) return { id: best, probabilities: null }
  rules.warp(logits, tokens)
  const probabilities = probabilitiesOf(logits)
  return { id: categorical(probabilities, rules.random), probabilities }
}

/** Gathers guesses into a draft without branches, for as long as there are any and none of them is an end. */
export async function guessChain(
  tokens: readonly number[],
  depth: number,
  rules: DraftRules,
  logitsAfter: (drafted: readonly number[]) => Promise<Logits | null>,
) {
  const drafted: number[] = []
  const probabilities: Float64Array[] = []
  while (drafted.length < depth) {
    const logits = await logitsAfter(drafted)
    const next = logits && guess(logits, [...tokens, ...drafted], rules)
    if (!next) break
    drafted.push(next.id)
    if (next.probabilities) probabilities.push(next.probabilities)
    if (rules.endIds.includes(next.id)) break
  }
  return { drafted, probabilities: rules.greedy ? undefined : probabilities }
}
