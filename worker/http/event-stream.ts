/** A reader that takes nothing for this long is gone or stuck; its memory and its turn go to somebody else. */
export const IDLE_READER_MS = 30_000

export interface EventStreamHooks {
  /** The reader left, failed or fell asleep: stop working for it. */
  abort(): void
  /** Nothing more will be sent, whatever the reason. Called exactly once. */
  end(): void
  /** What to send as a last event if the source throws. */
  failure(error: unknown): unknown
  idleMs?: number
}

/**
 * Server-sent events that are made only when the reader takes them: each pull asks the source for one batch and sends
 * it as one chunk, a data line an event. Nothing is buffered ahead, so a slow reader slows the source, and a reader
 * who left stops it.
 *
 * A source that throws ends the stream with one last event, `failure(error)`, and without `[DONE]`: a reader must be
 * able to tell a broken answer from a finished one.
 */
export function eventStream(
  source: AsyncGenerator<unknown[]>,
  hooks: EventStreamHooks,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const idleMs = hooks.idleMs ?? IDLE_READER_MS
  let over = false
  let idle: ReturnType<typeof setTimeout> | undefined

  const end = () => {
    if (over) return
    over = true
    if (idle !== undefined) clearTimeout(idle)
    hooks.end()
  }
  const leave = () => {
    if (over) return
    hooks.abort()
    end()
    source.return(undefined).catch(() => {})
  }

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        idle = setTimeout(() => fallAsleep(controller), idleMs)
      },
      async pull(controller) {
        if (idle !== undefined) clearTimeout(idle)
        let text: string
        let last = false
        try {
          const { done, value } = await source.next()
          last = done === true
          text = last ? 'data: [DONE]\n\n' : (value as unknown[]).map(dataLine).join('')
        } catch (error) {
          last = true
          text = dataLine(hooks.failure(error))
        }
        if (over) return
        controller.enqueue(encoder.encode(text))
        if (last) {
          end()
          controller.close()
        } else {
          idle = setTimeout(() => fallAsleep(controller), idleMs)
        }
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  )

  function fallAsleep(controller: ReadableStreamDefaultController): void {
    leave()
    controller.error(new Error('The reader took nothing for too long.'))
  }
}

const dataLine = (event: unknown) => `data: ${JSON.stringify(event)}\n\n`

/** Headers that keep caches and proxies from holding events back, compressing them or changing them. */
export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'content-encoding': 'identity',
  'x-accel-buffering': 'no',
}
