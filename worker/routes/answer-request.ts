import type { Context } from 'hono'
import type { Answer } from '../answers/answer.ts'
import type { AppEnv } from '../app-env.ts'
import { choices, type Work } from '../engine/choices.ts'
import type { ServedModel } from '../engine/engine.ts'
import { toApiError } from '../http/api-error.ts'
import { dataLine, EVENT_HEARTBEAT, eventText } from '../http/event-stream.ts'
import { HEARTBEAT_MS, pulledStream, within } from '../http/pulled-stream.ts'
import { reportFailure } from '../http/report-failure.ts'
import { ignoredParams } from '../schema/parse.ts'

/**
 * Generates and answers, whole or as a stream. What fails early has a status of its own: nothing is sent until the
 * answer begins or takes longer than a heartbeat. When the caller leaves, the generation ends and its slot is free.
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
  caller.addEventListener('abort', () => {
    stop.abort()
    lease.release()
  })
  try {
    const pieces = choices(generator, work, lease, stop.signal)
    const text = stream ? eventText(answer.stream(pieces)) : jsonText(answer.whole(pieces))
    const first = text.next()
    await within(HEARTBEAT_MS, first)
    const body = pulledStream(text, {
      first,
      heartbeat: stream ? EVENT_HEARTBEAT : ' ',
      abort: () => stop.abort(),
      end: () => lease.release(),
      failure: (error) => lastWords(context, error, stream),
    })
    const headers = {
      'content-type': stream ? 'text/event-stream' : 'application/json',
      ...UNTOUCHED,
      ...(ignored.length > 0 && { 'x-ignored-params': ignoredParams(ignored) }),
    }
    for (const [name, value] of Object.entries(headers)) context.header(name, value)
    return context.body(body)
  } catch (error) {
    lease.release()
    throw error
  }
}

/** Keeps caches and proxies from holding an answer back, compressing it or changing it. */
const UNTOUCHED = {
  'cache-control': 'no-cache, no-transform',
  'content-encoding': 'identity',
  'x-accel-buffering': 'no',
}

async function* jsonText(answer: Promise<object>): AsyncGenerator<string> {
  yield JSON.stringify(await answer)
}

/** Headers are long gone when an answer breaks, so the event also says which request it was. */
function lastWords(context: Context<AppEnv>, failure: unknown, stream: boolean): string | null {
  reportFailure(context, failure)
  if (!stream) return null
  const { error } = toApiError(failure).toJSON()
  return dataLine({ error: { ...error, request_id: context.get('requestId') } })
}
