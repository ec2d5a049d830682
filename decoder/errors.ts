/**
 * A request the decoder can't serve, said so that the caller can mend it. The message is meant for the outside:
 * it names the option and the limit, never a path or a stack.
 */
export class DecodingError extends Error {
  override readonly name = 'DecodingError'
  readonly code: DecodingErrorCode
  /** The option at fault, in its wire spelling (`max_tokens`, `messages[2].content`). */
  readonly param: string | null

  constructor(message: string, code: DecodingErrorCode, param: string | null = null) {
    super(message)
    this.code = code
    this.param = param
  }
}

export type DecodingErrorCode =
  | 'invalid_value'
  | 'unsupported_value'
  | 'context_length_exceeded'
  | 'template_error'
  | 'model_too_large'
  | 'model_not_found'
  | 'model_unusable'
  | 'memory_exhausted'
  | 'overloaded'
