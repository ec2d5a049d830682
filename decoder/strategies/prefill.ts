import type { KVCache, LanguageModel } from '../language-model.ts'
import { prefillChunk } from '../pacing.ts'
import { pause, pauses } from '../pause.ts'

/** A prompt and the cache that already holds its first `cache.length` tokens (at least the last is always left to feed). */
export interface Prompt {
  tokens: readonly number[]
  cache: KVCache
  /** Set if the prompt was read before, for several answers: the cache then holds all of it. */
  read?: ReadPrompt
}

export interface ReadPrompt {
  tokens: readonly number[]
  cache: KVCache
  /** After the last token. */
  logits: Float32Array
  /** How many tokens the cache held before the prompt was read. */
  cachedTokens: number
  /** How many tokens were asked; more than `tokens` where they are the source of a target that only begins. */
  promptTokens: number
}

/** Prompt tokens that were not computed for this answer's request. */
export function cachedTokens({ read, cache }: Prompt): number {
  return read?.cachedTokens ?? cache.length
}

/**
 * Feeds what the cache lacks of the prompt, in passes short enough that others get their turn in between.
 *
 * @returns logits after the last prompt token, or null if the signal stopped it
 */
export async function prefill(
  model: LanguageModel,
  { tokens, cache, read }: Prompt,
  signal?: AbortSignal,
): Promise<Float32Array | null> {
  if (read) return signal?.aborted ? null : read.logits.slice()
  const chunk = prefillChunk(model.config.parameters)
  for (;;) {
    if (signal?.aborted) return null
    const before = pauses()
    const [rows] = await model.forward([
      { cache, tokens: tokens.slice(cache.length, cache.length + chunk) },
    ])
    if (cache.length >= tokens.length) return rows![0]!
    if (pauses() === before) await pause()
  }
}
