import { checkText } from '../check-request.ts'
import type { SharedModel } from '../shared-model.ts'
import { prefill } from '../strategies/prefill.ts'
import { readAndKeep } from './read-and-keep.ts'
import { scoreTokens } from './score.ts'
import type { ScoreOptions } from './score-text.ts'

/**
 * How likely the model goes on from a prompt with a given text: Σ ln p(xₜ | prompt, x₍<t₎). Only what the prefix cache lacks
 * of the prompt is computed, and a generation from it finds it there afterwards.
 *
 * @param prompt  at least one token; with the continuation, at most as many as the context holds
 * @returns ln p; null if the signal stopped it
 * @throws {DecodingError} if the tokens do not fit the context or the vocabulary, or the model is overloaded
 */
export async function scoreContinuation(
  shared: SharedModel,
  prompt: readonly number[],
  continuation: readonly number[],
  { cacheSalt, signal }: Pick<ScoreOptions, 'cacheSalt' | 'signal'> = {},
): Promise<number | null> {
  const ids = [...prompt, ...continuation]
  checkText(shared.model, ids)
  const cache = shared.prefixes.take(prompt, cacheSalt)
  const last = prompt.length - 1
  return readAndKeep(shared, { ids, cache, cacheSalt }, async (seat) => {
    if (cache.length < last) await prefill(seat, { tokens: ids.slice(0, last), cache }, signal)
    if (signal?.aborted) return null
    let logprob = 0
    for await (const scores of scoreTokens(seat, cache, ids.slice(last), { signal })) {
      for (const score of scores) logprob += score.logprob ?? 0
    }
    return signal?.aborted ? null : logprob
  })
}
