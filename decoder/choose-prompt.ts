import { scoreContinuation } from './analysis/score-continuation.ts'
import type { ScoreOptions } from './analysis/score-text.ts'
import { likeliest } from './lookup/index.ts'
import type { SharedModel } from './shared-model.ts'

/** One of the prompts that a chat may become, each with another fact: see `Lookup`. */
export interface PromptCandidate {
  readonly ids: readonly number[]
  /** Of the fact; 0 without one. */
  readonly nearness: number
}

export interface ChosenPrompt {
  readonly ids: readonly number[]
  /** Of them, how many were in the cache before any was read for the choice. */
  readonly cachedTokens: number
}

/**
 * The prompt that is the likeliest to be answered: those with a fact are read, and the model asked how likely it would
 * decline. Where it likely would, the one without a fact is chosen if there is one, so that it does.
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
  const prompts = candidates.map(({ ids, nearness }) => ({
    ids,
    nearness,
    cachedTokens: shared.prefixes.held(ids, options.cacheSalt),
  }))
  const first = prompts[0]!
  const room = shared.model.config.contextLength - declines.length
  if (prompts.length === 1 || prompts.some(({ ids }) => ids.length > room)) return first
  const read = []
  for (const prompt of prompts.filter(({ nearness }) => nearness > 0)) {
    const declining = await scoreContinuation(shared, prompt.ids, declines, options)
    if (declining === null) return first
    read.push({ ...prompt, declining })
  }
  return likeliest(read) ?? prompts.find(({ nearness }) => nearness === 0) ?? first
}
