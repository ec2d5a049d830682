import { DecodingError } from '../../decoder/index.ts'

/** The types of error that OpenAI's clients know. */
export type ApiErrorType =
  | 'invalid_request_error'
  | 'permission_error'
  | 'rate_limit_error'
  | 'server_error'

/** A failure as the caller shall see it: every member is meant for the outside. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly type: ApiErrorType
  /** What a program may branch on; the message is for people and may change. */
  readonly code: string | null
  /** The field at fault, as in `messages[2].content`. */
  readonly param: string | null
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    message: string,
    about: {
      type?: ApiErrorType
      code?: string | null
      param?: string | null
      headers?: Record<string, string>
    } = {},
  ) {
    super(message)
    this.status = status
    this.type = about.type ?? (status < 500 ? 'invalid_request_error' : 'server_error')
    this.code = about.code ?? null
    this.param = about.param ?? null
    this.headers = about.headers ?? {}
  }

  /** OpenAI's shape. Its four members are always there; clients' schemas require them. */
  toJSON() {
    const { message, type, param, code } = this
    return { error: { message, type, param, code } }
  }
}

/** 400 for one field. */
export function invalid(message: string, param: string | null = null, code = 'invalid_value') {
  return new ApiError(400, message, { code, param })
}

/** 404 for a model that isn't the served one. */
export function unknownModel(model: string) {
  return new ApiError(404, `The model ${JSON.stringify(model)} is not served here.`, {
    code: 'model_not_found',
    param: 'model',
  })
}

/** 503 for what others take up now, and may have given back in a second. */
export function overloaded(message: string) {
  return new ApiError(503, message, {
    code: 'overloaded',
    headers: { 'retry-after': '1', 'retry-after-ms': '1000', 'x-should-retry': 'true' },
  })
}

/**
 * Any thrown value as an answer. What nobody foresaw says nothing of its cause: that goes to the log, since it could
 * hold anything.
 */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  if (error instanceof DecodingError) {
    if (error.code === 'memory_exhausted') {
      return overloaded('There is no memory left for this request; try again in a moment.')
    }
    if (error.code === 'overloaded') return overloaded(error.message)
    return error.code.startsWith('model_')
      ? // The operator's mistake, not the caller's, and asking again doesn't mend it.
        new ApiError(500, error.message, {
          code: error.code,
          headers: { 'x-should-retry': 'false' },
        })
      : new ApiError(400, error.message, { code: error.code, param: error.param })
  }
  return new ApiError(500, 'The server failed while it answered this request.', {
    code: 'internal_error',
  })
}
