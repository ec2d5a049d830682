import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { AppEnv } from '../app-env.ts'
import { ApiError } from './api-error.ts'

/** Headers a page's script may read: without them the OpenAI client can't see request ids or when to try again. */
const EXPOSED = [
  'x-request-id',
  'x-should-retry',
  'retry-after',
  'retry-after-ms',
  'x-ignored-params',
  'allow',
]

/**
 * Lets pages of other origins call the API. No credentials are ever allowed, so any origin may by default; with
 * ALLOWED_ORIGINS set, a request from another origin's page ends here with 403, before it costs anything. (CORS alone
 * would only keep the answer from the page, after the work is done.)
 */
export function origins(): MiddlewareHandler<AppEnv> {
  return async (context, next) => {
    const allowed = allowedOrigins(context.env.ALLOWED_ORIGINS, context.req.url)
    const headers = cors({
      origin: allowed ? (origin) => (allowed.has(origin) ? origin : null) : '*',
      allowMethods: ['GET', 'HEAD', 'POST'],
      exposeHeaders: EXPOSED,
      maxAge: 7200,
    })
    return headers(context, async () => {
      const origin = context.req.header('origin')
      if (allowed && origin !== undefined && !allowed.has(origin)) {
        throw new ApiError(403, 'Pages of this origin may not use this API.', {
          type: 'permission_error',
          code: 'origin_not_allowed',
        })
      }
      await next()
    })
  }
}

/** Null if every origin is allowed. Pages of the API's own origin always are. */
function allowedOrigins(setting: string | undefined, url: string): Set<string> | null {
  const listed = setting?.split(/[\s,]+/).filter(Boolean) ?? []
  return listed.length > 0 ? new Set([...listed, new URL(url).origin]) : null
}
