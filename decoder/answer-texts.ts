import { countingPrompt } from './encoder-decoder.ts'
import type { GenerationEvent, TextEvent } from './events.ts'
import type { LanguageModel } from './language-model.ts'
import type { GenerationOptions } from './options.ts'
import { paced } from './pacing.ts'
import {
  beamSearch,
  beamSettings,
  sample,
  semiAutoregressive,
  speculative,
  usesBeams,
} from './strategies/index.ts'
import { cachedTokens, type Prompt } from './strategies/prefill.ts'
import { beamTexts } from './text/beam-texts.ts'
import { stopStringCheck } from './text/stop-check.ts'
import type { TextAssemblerOptions } from './text/text-assembler.ts'
import { tokenTexts } from './text/token-texts.ts'
import type { Tokenizer } from './tokenizer.ts'

export interface AnswerParts {
  model: LanguageModel
  tokenizer: Tokenizer
  /** Whose guesses speculative decoding may verify. */
  draft: LanguageModel | null
  /** Tokens to be reported as the prompt's. */
  promptTokens: number
  /** Told of each token of an answer that is made token by token: what the cache will hold. */
  onToken: (id: number) => void
  signal: AbortSignal | undefined
}

/** The strategy that the options ask for, its tokens as text, in batches between pauses. */
export function answerTexts(
  input: Prompt,
  options: GenerationOptions,
  parts: AnswerParts,
): AsyncGenerator<TextEvent[]> {
  const { model, tokenizer, promptTokens, signal } = parts
  const textOptions = assemblerOptions(options)
  if (usesBeams(options)) {
    const { width, groups } = beamSettings(options)
    const stopString = stopStringCheck(tokenizer, textOptions)
    const events = beamSearch(model, input, options, signal, stopString)
    const texts = countingPrompt(beamTexts(events, tokenizer, textOptions), promptTokens)
    return paced(texts, model.config.parameters * width * groups)
  }
  const texts = tokenTexts(tokenEvents(input, options, parts), tokenizer, textOptions, {
    prompt_tokens: input.tokens.length,
    cached_tokens: cachedTokens(input),
  })
  // A pass of several tokens costs more than one of a single token.
  const rows = options.speculative || options.semi_autoregressive ? 2 : 1
  return paced(countingPrompt(texts, promptTokens), model.config.parameters * rows)
}

async function* tokenEvents(
  input: Prompt,
  options: GenerationOptions,
  { model, draft, onToken, signal }: AnswerParts,
): AsyncGenerator<GenerationEvent> {
  const strategy = options.speculative
    ? speculative(model, input, options, signal, draft)
    : options.semi_autoregressive
      ? semiAutoregressive(model, input, options, signal)
      : sample(model, input, options, signal)
  for await (const event of strategy) {
    if (event.type === 'token') onToken(event.id)
    yield event
  }
}

function assemblerOptions(options: GenerationOptions): TextAssemblerOptions {
  return {
    stop: [options.stop ?? []].flat(),
    includeStop: options.include_stop_str_in_output,
    minTokens: options.min_tokens,
    dropsLeadingSpace: false,
    mayEnd: options.constraint ? (text) => options.constraint!.accepts(text) : undefined,
  }
}
