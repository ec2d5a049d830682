/** A reader that takes nothing for this long is gone or stuck; its memory and its turn go to somebody else. */
export const IDLE_READER_MS = 30_000
/** How long nothing is sent before a sign of life is. */
export const HEARTBEAT_MS = 250

export interface PulledStreamOptions {
  /** Result of the source's first `next`, if it was called before. */
  first?: Promise<IteratorResult<string>>
  /** Sent while the source has nothing; must mean nothing to the reader. */
  heartbeat: string
  heartbeatMs?: number
  idleMs?: number
  /** The reader left, failed or fell asleep: stop working for it. */
  abort(): void
  /** Last words if the source throws; null breaks the connection off, so that nobody takes what came for the whole. */
  failure(error: unknown): string | null
}

/**
 * A body that is made only when its reader takes it: each pull asks the source for one piece of text. Nothing is
 * buffered ahead, so a slow reader slows the source, and a reader who left stops it.
 *
 * That a reader left shows only when something is written to it (closing a connection looks like a caller who has
 * said everything and now listens). So while the source works on, a heartbeat goes out.
 */
export function pulledStream(
  source: AsyncGenerator<string>,
  options: PulledStreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS
  const idleMs = options.idleMs ?? IDLE_READER_MS
  let pending = options.first ?? null
  let over = false
  let idle: ReturnType<typeof setTimeout> | undefined

  const end = () => {
    if (over) return
    over = true
    if (idle !== undefined) clearTimeout(idle)
  }
  const leave = () => {
    if (over) return
    options.abort()
    end()
    source.return(undefined).catch(() => {})
  }
  const watch = (controller: ReadableStreamDefaultController) => {
    idle = setTimeout(() => {
      leave()
      controller.error(new Error('The reader took nothing for too long.'))
    }, idleMs)
  }

  return new ReadableStream<Uint8Array>(
    {
      start: watch,
      async pull(controller) {
        if (idle !== undefined) clearTimeout(idle)
        try {
          pending ??= source.next()
          const result = await within(heartbeatMs, pending)
          if (over) return
          if (result) pending = null
          if (result?.done) {
            end()
            controller.close()
            return
          }
          controller.enqueue(encoder.encode(result ? result.value : options.heartbeat))
          watch(controller)
        } catch (error) {
          if (over) return
          end()
          const words = options.failure(error)
          if (words === null) throw error
          controller.enqueue(encoder.encode(words))
          controller.close()
        }
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  )
}

/** What the promise settles to, or null if it takes longer. */
export function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), milliseconds)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
