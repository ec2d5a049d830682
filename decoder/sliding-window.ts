import { DecodingError } from './errors.ts'
import type { KVCache, LanguageModel, ModelConfig } from './language-model.ts'
import type { GenerationOptions } from './options.ts'
import { usesBeams } from './strategies/beam-settings.ts'

/**
 * A cache for a text that may grow beyond the context: each token sees the first `sinks` and the last `window` (Xiao et al.
 * 2023, "Efficient Streaming Language Models with Attention Sinks"). It belongs to one text: what it holds of a prompt is
 * of no use to a text that sees everything.
 *
 * @param options  checked by `checkSlidingWindow`
 */
export function slidingCache(model: LanguageModel, options: GenerationOptions): KVCache {
  return model.createSlidingCache!(shapeOf(model.config, options.sliding_window!))
}

/** @throws {DecodingError} naming the option at fault */
export function checkSlidingWindow(model: LanguageModel, options: GenerationOptions): void {
  const { sliding_window, max_tokens, speculative, semi_autoregressive } = options
  if (!sliding_window) return
  if (!model.createSlidingCache) {
    refuse(
      'sliding_window',
      "This model's cache can't slide: leave out sliding_window",
      'unsupported_value',
    )
  }
  if (usesBeams(options) || speculative || semi_autoregressive) {
    refuse('sliding_window', 'sliding_window goes with greedy decoding and sampling only')
  }
  // Nothing else need ever end the text.
  if (max_tokens == null) refuse('max_tokens', 'sliding_window needs max_tokens')
  const { contextLength } = model.config
  const { sinks, window } = shapeOf(model.config, sliding_window)
  if (window < 1) refuse('sliding_window.sinks', `There can be at most ${contextLength - 1} sinks`)
  if (sinks + window > contextLength) {
    refuse(
      'sliding_window.window',
      `Sinks and window must fit the context of ${contextLength} tokens, and ${sinks} + ${window} don't`,
    )
  }
}

function shapeOf(
  { contextLength }: ModelConfig,
  { sinks, window }: NonNullable<GenerationOptions['sliding_window']>,
) {
  return { sinks, window: window ?? contextLength - sinks }
}

function refuse(
  param: string,
  message: string,
  code: 'invalid_value' | 'unsupported_value' = 'invalid_value',
): never {
  throw new DecodingError(message, code, param)
}
