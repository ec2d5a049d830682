import { scoreContinuation } from './analysis/score-continuation.ts'
import type { ScoreOptions } from './analysis/score-text.ts'
import { commonPrefix } from './common-prefix.ts'
import { type Answerable, likeliest } from './lookup/index.ts'
import type { SharedModel } from './shared-model.ts'

/** One of the prompts that a chat may become, each with another fact: see `Lookup`. */
export interface PromptCandidate {
  readonly ids: readonly number[]
  readonly nearness: number
}

export interface ChosenPrompt {
  readonly ids: readonly number[]
  /** Of them, how many were in the cache before any was read for the choice; null if none was made. */
  readonly cachedTokens: number | null
}

/**
 * The prompt that is the likeliest to be answered: each is read, and the model asked how likely it would decline.
 *
 * @param candidates  at least one
 * @param declines    how the model begins to decline, as ids
 * @returns the first without a choice, if there is one only, one is too long, or the signal stops it
 * @throws {DecodingError} overloaded
 */
export async function choosePrompt(
  shared: SharedModel,
  candidates: readonly PromptCandidate[],
  declines: readonly number[],
  options: Pick<ScoreOptions, 'cacheSalt' | 'signal'>,
): Promise<ChosenPrompt> {
  const first = { ids: candidates[0]!.ids, cachedTokens: null }
  const room = shared.model.config.contextLength - declines.length
  if (candidates.length === 1 || candidates.some(({ ids }) => ids.length > room)) return first
  const read: (ChosenPrompt & Answerable & { cachedTokens: number })[] = []
  for (const { ids, nearness } of candidates) {
    const score = await scoreContinuation(shared, ids, declines, options)
    if (!score) return first
    let { cachedTokens } = score
    for (const other of read) {
      const isOfOther = commonPrefix(other.ids, ids) >= cachedTokens
      if (isOfOther) cachedTokens = Math.min(cachedTokens, other.cachedTokens)
    }
    read.push({ ids, nearness, declining: score.logprob, cachedTokens })
  }
  return read[likeliest(read)]!
}
