import { checkText } from '../check-request.ts'
import { refuseEncoderDecoder } from '../encoder-decoder.ts'
import type { SharedModel } from '../shared-model.ts'
import { scoreTokens, summarise, type TextScore, type TokenScore } from './score.ts'

export interface ScoreOptions {
  /** Alternatives to list in place of each token, ≥ 0. */
  top?: number
  /** As the option `cache_salt`. */
  cacheSalt?: string | null | undefined
  signal?: AbortSignal | undefined
  /** Called after each pass of a few hundred tokens at most. */
  onPass?: () => void
}

/**
 * Scores a text among all others that the model is at work on, and keeps what was computed of it.
 *
 * @param ids  at least one, at most as many as the context holds
 * @returns what was scored until then if the signal stops it
 * @throws {DecodingError} if the tokens do not fit the context or the vocabulary, the model gives no probabilities of a
 *         prompt, or it is overloaded
 */
export async function scoreText(
  { model, tokenizer, scheduler, prefixes }: SharedModel,
  ids: readonly number[],
  { top = 0, cacheSalt, signal, onPass }: ScoreOptions = {},
): Promise<TextScore> {
  refuseEncoderDecoder(model, 'prompt')
  checkText(model, ids)
  const tokens: TokenScore[] = []
  const seat = scheduler.enter()
  const cache = seat.createCache()
  try {
    for await (const scored of scoreTokens(seat, cache, ids, { top, signal })) {
      tokens.push(...scored)
      onPass?.()
    }
  } catch (error) {
    cache.dispose()
    throw error
  } finally {
    await seat.dispose()
  }
  prefixes.put(ids, cache, cacheSalt)
  return summarise(tokens, ({ id }) => tokenizer.bytes(id).length)
}
