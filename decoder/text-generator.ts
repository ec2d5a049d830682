import type { ChatMessage } from './conversation/chat-template.ts'
import type { TextEvent } from './events.ts'
import type { LanguageModel } from './language-model.ts'
import type { GenerationOptions } from './options.ts'
import type { Tokenizer } from './tokenizer.ts'

/** CONTRACT STUB: what worker, widget and command line call. Being implemented. */
export declare class TextGenerator {
  readonly model: LanguageModel
  readonly tokenizer: Tokenizer
  constructor(parts: {
    model: LanguageModel
    tokenizer: Tokenizer
    /** Jinja source of the chat template; without one, chats are refused. */
    chatTemplate?: string | undefined
    /** Most bytes of keys and values kept between requests for reuse. */
    contextBytes?: number
  })
  /** Chat → prompt ids. Control tokens come from the template alone. @throws {DecodingError} */
  encodeChat(messages: readonly ChatMessage[]): number[]
  /** Rendered template text of a chat. */
  renderChat(messages: readonly ChatMessage[]): string
  /** Raw prompt → ids: control tokens are recognised, the tokenizer's prefix id is added once. */
  encodePrompt(text: string): number[]
  /** Ids → text, for whole sequences. */
  decode(ids: Iterable<number>): string
  /**
   * Generates from prompt ids. Yields batches: what was made since the last pause for other work (a few
   * milliseconds), so one batch is one chunk on the wire. The last event is `done`; an abort ends with finish_reason
   * `abort`. Rejects with DecodingError before the first batch if the prompt does not fit.
   */
  generate(
    prompt: readonly number[],
    options: GenerationOptions,
    signal?: AbortSignal,
  ): AsyncGenerator<TextEvent[]>
}
