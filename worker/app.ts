import type { Context } from 'hono'
import { Hono } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { AppEnv } from './app-env.ts'
import type { Engine } from './engine/engine.ts'
import { ApiError, toApiError } from './http/api-error.ts'
import { origins } from './http/origins.ts'
import { reportFailure } from './http/report-failure.ts'
import { chatCompletions } from './routes/chat-completions.ts'
import { completions } from './routes/completions.ts'
import { health } from './routes/health.ts'
import { getModel, listModels } from './routes/models.ts'
import { score } from './routes/score.ts'
import { applyTemplate, detokenize, tokenize } from './routes/tokens.ts'

/** The API. Static files are served by the assets binding and never get here. */
export function createApp(engine: Engine): Hono<AppEnv> {
  const app = new Hono<AppEnv>()

  app.use(async (context, next) => {
    const requestId = `req_${crypto.randomUUID().replaceAll('-', '')}`
    context.set('requestId', requestId)
    context.set('engine', engine)
    context.header('x-request-id', requestId)
    context.header('cache-control', 'no-store')
    context.header('x-content-type-options', 'nosniff')
    context.header('cross-origin-resource-policy', 'cross-origin')
    await next()
  })
  app.use(origins())
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (context, methods) =>
        respond(
          context,
          new ApiError(405, `${context.req.path} takes ${methods.join(', ')}.`, {
            code: 'method_not_allowed',
            headers: { allow: methods.join(', ') },
          }),
        ),
    }),
  )

  app.get('/health', health)
  app.get('/v1/models', listModels)
  app.get('/v1/models/:id{.+}', getModel)
  app.post('/v1/chat/completions', chatCompletions)
  app.post('/v1/completions', completions)
  app.post('/v1/score', score)
  app.post('/tokenize', tokenize)
  app.post('/detokenize', detokenize)
  app.post('/apply-template', applyTemplate)

  app.notFound((context) =>
    respond(
      context,
      new ApiError(404, `There is nothing at ${context.req.path.slice(0, 200)}.`, {
        code: 'not_found',
      }),
    ),
  )
  app.onError((failure, context) => {
    // Whoever left gets no answer, and that they left is no failure.
    if (context.req.raw.signal.aborted) return new Response(null, { status: 499 })
    reportFailure(context, failure)
    return respond(context, toApiError(failure))
  })
  return app
}

function respond(context: Context, error: ApiError): Response {
  return context.json(error, error.status as ContentfulStatusCode, { ...error.headers })
}
