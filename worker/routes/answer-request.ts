import type { Context } from 'hono'
import type { Answer } from '../answers/answer.ts'
import type { AppEnv } from '../app-env.ts'
import { type ChoicePiece, choices, type Work } from '../engine/choices.ts'
import type { ServedModel } from '../engine/engine.ts'
import { toApiError } from '../http/api-error.ts'
import { EVENT_STREAM_HEADERS, eventStream } from '../http/event-stream.ts'
import { reportFailure } from '../http/report-failure.ts'
import { ignoredParams } from '../schema/parse.ts'

/**
 * Generates and answers, whole or as a stream. Until the first piece is there no status is sent, so whatever fails
 * before it has its own; the generation ends, and its slot is free, when the caller leaves.
 */
export async function answerRequest(
  context: Context<AppEnv>,
  { generator }: ServedModel,
  work: Work,
  answer: Answer,
  { stream, ignored }: { stream: boolean; ignored: readonly string[] },
): Promise<Response> {
  const caller = context.req.raw.signal
  const stop = new AbortController()
  const lease = await context.get('engine').admission.enter(caller)
  // Without this, the platform ends everything of a request the moment its caller leaves, clean-up included.
  context.executionCtx.waitUntil(lease.released)
  if (ignored.length > 0) context.header('x-ignored-params', ignoredParams(ignored))

  let streaming = false
  try {
    if (caller.aborted) stop.abort()
    caller.addEventListener('abort', () => stop.abort())
    const pieces = choices(generator, work, lease, stop.signal)
    if (!stream) return context.json(await answer.whole(pieces))

    const first = await pieces.next()
    const events = answer.stream(resume(first, pieces))
    const body = eventStream(events, {
      abort: () => stop.abort(),
      end: () => lease.release(),
      failure: (error) => failureEvent(context, error),
    })
    caller.addEventListener('abort', () => lease.release())
    streaming = true
    for (const [name, value] of Object.entries(EVENT_STREAM_HEADERS)) context.header(name, value)
    return context.body(body)
  } finally {
    if (!streaming) lease.release()
  }
}

/** An iterator whose first result was already taken, whole again. */
async function* resume(
  first: IteratorResult<ChoicePiece, void>,
  rest: AsyncGenerator<ChoicePiece>,
): AsyncGenerator<ChoicePiece> {
  try {
    if (first.done) return
    yield first.value
    yield* rest
  } finally {
    await rest.return(undefined)
  }
}

/** Headers are long gone when a stream fails, so the event also says which request it was. */
function failureEvent(context: Context<AppEnv>, failure: unknown): object {
  reportFailure(context, failure)
  const { error } = toApiError(failure).toJSON()
  return { error: { ...error, request_id: context.get('requestId') } }
}
