import type { KVCache, LanguageModel } from '../language-model.ts'
import { prefillChunk } from '../pacing.ts'
import { pause } from '../pause.ts'

/** A prompt and the cache that already holds its first `cache.length` tokens (at least the last is always left to feed). */
export interface Prompt {
  tokens: readonly number[]
  cache: KVCache
}

/**
 * Feeds what the cache lacks of the prompt, in passes short enough that others get their turn in between.
 *
 * @returns logits after the last prompt token, or null if the signal stopped it
 */
export async function prefill(
  model: LanguageModel,
  { tokens, cache }: Prompt,
  signal?: AbortSignal,
): Promise<Float32Array | null> {
  const chunk = prefillChunk(model.config.parameters)
  for (;;) {
    if (signal?.aborted) return null
    const [rows] = await model.forward([
      { cache, tokens: tokens.slice(cache.length, cache.length + chunk) },
    ])
    if (cache.length >= tokens.length) return rows![0]!
    await pause()
  }
}
