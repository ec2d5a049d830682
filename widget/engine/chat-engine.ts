/** Whatever answers a conversation: the edge, or this device. */
export interface ChatEngine {
  /**
   * Answers the last message. The last event is `done`; an iteration that ends without it never happens: what goes
   * wrong is thrown as an EngineError, and what came before stands.
   */
  reply(
    messages: readonly Message[],
    options: ReplyOptions,
    signal: AbortSignal,
  ): AsyncIterable<ReplyEvent>
}

export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

export interface ReplyOptions {
  model: string
  temperature: number
  maxTokens: number | null
  seed: number | null
  /** More fields of the API's requests, by which the answer is decoded. */
  decoding: Readonly<Record<string, unknown>>
  /** Told how many seconds a busy engine will be waited for; 0 once the wait is over. */
  onWait?: (seconds: number) => void
}

export type ReplyEvent =
  | { type: 'text'; text: string }
  | { type: 'done'; finish_reason: string; completionTokens: number | null }

/**
 * `unreachable`: no answer from the network. `busy`: asked to come later, more often than we wait. `refused`: the
 * request can't be served as it is. `broken_off`: began, then failed. `context_length_exceeded`: the conversation is too
 * long for the model. `failed`: anything else.
 */
export type EngineErrorCode =
  | 'unreachable'
  | 'busy'
  | 'refused'
  | 'broken_off'
  | 'context_length_exceeded'
  | 'failed'

export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly code: EngineErrorCode

  /** @param message  the engine's own words, for the visitor; may be empty */
  constructor(code: EngineErrorCode, message = '') {
    super(message)
    this.code = code
  }
}
