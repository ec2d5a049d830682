import { checkRequest } from './check-request.ts'
import { isEncoderDecoder } from './encoder-decoder.ts'
import type { LanguageModel } from './language-model.ts'
import type { GenerationOptions } from './options.ts'
import type { SharedModel } from './shared-model.ts'
import { slidingCache } from './sliding-window.ts'
import { type Prompt, prefill, type ReadPrompt } from './strategies/prefill.ts'
import { withConstraint } from './tools/index.ts'

/**
 * A prompt with a cache of its own; for an encoder–decoder model, the beginning of a target whose source is read.
 *
 * @param prompt  ids, or a prompt that was read, of whose cache this is a fork
 * @throws {DecodingError} if prompt and options do not fit the model or each other
 */
export async function openPrompt(
  { model, draft, prefixes }: SharedModel,
  prompt: readonly number[] | ReadPrompt,
  options: GenerationOptions,
): Promise<Prompt> {
  if ('logits' in prompt) {
    checkRequest(model, prompt.tokens, options, draft)
    return { tokens: prompt.tokens, cache: prompt.cache.fork(), read: prompt }
  }
  checkRequest(model, prompt, options, draft)
  if (isEncoderDecoder(model)) {
    return { tokens: model.targetStart, cache: await model.encode(prompt) }
  }
  if (options.sliding_window) return { tokens: prompt, cache: slidingCache(model, options) }
  return { tokens: prompt, cache: prefixes.take(prompt, options.cache_salt) }
}

/**
 * Reads a prompt once, for several answers to it. The caller disposes of its cache.
 *
 * @returns null if the signal stopped it
 * @throws {DecodingError} as `openPrompt` does, or overloaded
 */
export async function readPrompt(
  shared: SharedModel,
  prompt: readonly number[],
  options: GenerationOptions,
  signal?: AbortSignal,
): Promise<ReadPrompt | null> {
  checkRequest(shared.model, prompt, options, shared.draft)
  // What is wrong with a constraint is told before the prompt is read.
  withConstraint(options, shared.tokenizer)
  const { tokens, cache } = await openPrompt(shared, prompt, options)
  const cachedTokens = cache.length
  let seat: LanguageModel | null = null
  let logits: Float32Array | null = null
  try {
    seat = shared.scheduler.enter()
    logits = await prefill(seat, { tokens, cache }, signal)
  } finally {
    if (!logits) cache.dispose()
    await seat?.dispose()
  }
  return logits && { tokens, cache, logits, cachedTokens, promptTokens: prompt.length }
}
