import { DecodingError } from './errors.ts'
import type { TextEvent } from './events.ts'
import type { KVCache, LanguageModel } from './language-model.ts'
import type { GenerationOptions } from './options.ts'

/**
 * A model that reads a source as a whole and then writes a target token by token, looking back at the source: translation,
 * summaries. To a strategy it is a language model like any other, whose prompt is the beginning of the target; what the
 * target looks back at is in its cache.
 */
export interface EncoderDecoderModel extends LanguageModel {
  /** What every target begins with; not part of what is said. */
  readonly targetStart: readonly number[]
  /** Token that ends every source, or null. */
  readonly sourceEnd: number | null
  /** Rules for tokens that come with the model, for who asks for no others. */
  readonly rules: TokenRules
  /**
   * Reads a source: once, whatever is decoded from it.
   *
   * @param source  1 to `contextLength` token ids
   * @returns a cache that holds no token of the target yet; its forks share what was made of the source
   * @throws {RangeError} if the source is empty, too long, or has an id outside the vocabulary
   */
  encode(source: readonly number[]): Promise<KVCache>
}

export type TokenRules = Partial<
  Pick<
    GenerationOptions,
    'forced_bos_token_id' | 'forced_eos_token_id' | 'bad_words_ids' | 'suppress_tokens'
  >
>

export function isEncoderDecoder(model: LanguageModel): model is EncoderDecoderModel {
  return 'encode' in model
}

/** @throws {DecodingError} unsupported_value for what needs probabilities of the prompt, which such a model has none of */
export function refuseEncoderDecoder(model: LanguageModel, param: string): void {
  if (!isEncoderDecoder(model)) return
  throw new DecodingError(
    'This model reads its prompt as a whole, as the source of what it writes: it gives no probabilities of it',
    'unsupported_value',
    param,
  )
}

/** The options with the model's own rules where none are given. */
export function withRules(
  options: GenerationOptions,
  { rules }: EncoderDecoderModel,
): GenerationOptions {
  const isGiven = (value: unknown) => value != null && !(Array.isArray(value) && value.length === 0)
  const missing = Object.entries(rules).filter(
    ([name]) => !isGiven(options[name as keyof TokenRules]),
  )
  return { ...options, ...Object.fromEntries(missing) }
}

/** Counts what was asked as the prompt, which is the source: a target's beginning is nobody's text. */
export async function* countingPrompt(
  events: AsyncIterable<TextEvent>,
  prompt_tokens: number,
): AsyncGenerator<TextEvent> {
  for await (const event of events) {
    yield event.type === 'done' ? { ...event, usage: { ...event.usage, prompt_tokens } } : event
  }
}
