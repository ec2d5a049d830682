import { checkText } from '../check-request.ts'
import { refuseEncoderDecoder } from '../encoder-decoder.ts'
import type { SharedModel } from '../shared-model.ts'
import { readAndKeep } from './read-and-keep.ts'
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
  shared: SharedModel,
  ids: readonly number[],
  { top = 0, cacheSalt, signal, onPass }: ScoreOptions = {},
): Promise<TextScore> {
  const { model, tokenizer } = shared
  refuseEncoderDecoder(model, 'prompt')
  checkText(model, ids)
  const cache = model.createCache()
  const tokens: TokenScore[] = []
  await readAndKeep(shared, { ids, cache, cacheSalt }, async (seat) => {
    for await (const scored of scoreTokens(seat, cache, ids, { top, signal })) {
      tokens.push(...scored)
      onPass?.()
    }
  })
  return summarise(tokens, ({ id }) => tokenizer.bytes(id).length)
}
