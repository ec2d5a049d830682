import { answerTexts } from './answer-texts.ts'
import { isEncoderDecoder, withRules } from './encoder-decoder.ts'
import type { TextEvent } from './events.ts'
import type { LanguageModel } from './language-model.ts'
import { openPrompt } from './open-prompt.ts'
import type { GenerationOptions } from './options.ts'
import type { SharedModel } from './shared-model.ts'
import type { ReadPrompt } from './strategies/prefill.ts'
import { withWordTokens } from './text/word-tokens.ts'
import { withConstraint } from './tools/index.ts'

/**
 * One generation from its prompt to its last event: the cache it begins with, its seat in the model's passes, and what is
 * kept afterwards for the next turn.
 *
 * @throws {DecodingError} before the first batch, as `openPrompt` does, or overloaded
 */
export async function* generateText(
  shared: SharedModel,
  prompt: readonly number[] | ReadPrompt,
  options: GenerationOptions,
  signal?: AbortSignal,
): AsyncGenerator<TextEvent[]> {
  const { model, tokenizer, draft, scheduler, prefixes } = shared
  const input = await openPrompt(shared, prompt, options)
  const { cache } = input
  const promptTokens = 'logits' in prompt ? prompt.promptTokens : prompt.length
  const tokens = [...input.tokens]
  let seat: LanguageModel | null = null
  let failed = false
  try {
    seat = scheduler.enter()
    const ruled = isEncoderDecoder(model) ? withRules(options, model) : options
    const worded = withConstraint(withWordTokens(ruled, tokenizer), tokenizer)
    yield* answerTexts(input, worded, {
      model: seat,
      tokenizer,
      draft,
      promptTokens,
      onToken: (id) => tokens.push(id),
      signal,
    })
  } catch (error) {
    failed = true
    throw error
  } finally {
    if (failed || isEncoderDecoder(model) || options.sliding_window) cache.dispose()
    else prefixes.put(tokens, cache, options.cache_salt)
    await seat?.dispose()
  }
}
