import type { Context } from 'hono'
import type { Answer } from '../answers/answer.ts'
import type { AppEnv } from '../app-env.ts'
import type { Lease } from '../engine/admission.ts'
import { choices, type Work } from '../engine/choices.ts'
import type { ServedModel } from '../engine/engine.ts'
import { toApiError } from '../http/api-error.ts'
import { dataLine, EVENT_HEARTBEAT, eventText } from '../http/event-stream.ts'
import { HEARTBEAT_MS, pulledStream, within } from '../http/pulled-stream.ts'
import { reportFailure } from '../http/report-failure.ts'
import { ignoredParams } from '../schema/parse.ts'

/** Generates and answers, whole or as a stream. */
export function answerRequest(
  context: Context<AppEnv>,
  { generator }: ServedModel,
  work: Work,
  answer: Answer,
  { stream, ignored, width }: { stream: boolean; ignored: readonly string[]; width: number },
): Promise<Response> {
  const makeText = (lease: Lease, signal: AbortSignal) => {
    const pieces = choices(generator, work, lease, signal)
    return stream ? eventText(answer.stream(pieces)) : jsonText(answer.whole(pieces))
  }
  const slots = Math.ceil(width / SEQUENCES_PER_SLOT)
  return leasedAnswer(context, makeText, { stream, ignored, slots })
}

/**
 * An answer that takes a model's work, within a lease. What fails early has a status of its own: nothing is sent until the
 * answer begins or takes longer than a heartbeat. When the caller leaves, the generation ends, and with it the lease.
 */
export async function leasedAnswer(
  context: Context<AppEnv>,
  makeText: (lease: Lease, signal: AbortSignal) => AsyncGenerator<string>,
  { stream, ignored, slots = 1 }: { stream: boolean; ignored: readonly string[]; slots?: number },
): Promise<Response> {
  const caller = context.req.raw.signal
  const stop = new AbortController()
  const lease = await context.get('engine').admission.enter(caller, slots)
  const { text, over } = untilOver(makeText(lease, stop.signal))
  caller.addEventListener('abort', () => {
    stop.abort()
    text.return(undefined).catch(() => {})
  })
  const first = text.next()
  // Without this, the platform ends everything of a request the moment its caller leaves, clean-up included.
  context.executionCtx.waitUntil(over.then(() => lease.release()))
  await within(HEARTBEAT_MS, first)
  const body = pulledStream(text, {
    first,
    heartbeat: stream ? EVENT_HEARTBEAT : ' ',
    abort: () => stop.abort(),
    failure: (error) => lastWords(context, error, stream),
  })
  const headers = {
    'content-type': stream ? 'text/event-stream' : 'application/json',
    ...UNTOUCHED,
    ...(ignored.length > 0 && { 'x-ignored-params': ignoredParams(ignored) }),
  }
  for (const [name, value] of Object.entries(headers)) context.header(name, value)
  return context.body(body)
}

/** The same pieces, and a promise that settles when there are no more and everything of theirs is given back. */
function untilOver(source: AsyncGenerator<string>) {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  async function* pieces() {
    try {
      yield* source
    } finally {
      resolve()
    }
  }
  return { text: pieces(), over }
}

/** Beams that take as much memory as one ordinary generation may. */
const SEQUENCES_PER_SLOT = 4

/** Keeps caches and proxies from holding an answer back, compressing it or changing it. */
const UNTOUCHED = {
  'cache-control': 'no-cache, no-transform',
  'content-encoding': 'identity',
  'x-accel-buffering': 'no',
}

/** One JSON text, when it is ready. */
export async function* jsonText(answer: Promise<object>): AsyncGenerator<string> {
  yield JSON.stringify(await answer)
}

/** Headers are long gone when an answer breaks, so the event also says which request it was. */
function lastWords(context: Context<AppEnv>, failure: unknown, stream: boolean): string | null {
  reportFailure(context, failure)
  if (!stream) return null
  const { error } = toApiError(failure).toJSON()
  return dataLine({ error: { ...error, request_id: context.get('requestId') } })
}
