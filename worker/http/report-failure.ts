import type { Context } from 'hono'
import type { AppEnv } from '../app-env.ts'
import { ApiError, toApiError } from './api-error.ts'

/** Logs a failure that nobody foresaw. Never the request's text: a log is no place for what people write. */
export function reportFailure(context: Context<AppEnv>, failure: unknown): void {
  if (failure instanceof ApiError) return
  const { status } = toApiError(failure)
  if (status < 500 || status === 503) return
  const { name, message, stack } = failure instanceof Error ? failure : new Error(String(failure))
  console.error(
    JSON.stringify({
      request: context.get('requestId'),
      path: context.req.path,
      name,
      message,
      stack,
    }),
  )
}
