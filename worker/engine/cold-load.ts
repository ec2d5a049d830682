const POLL_MS = 10
/** Polls without a sign of life after which whoever loads is taken for dead: about a second of idle time. */
const SILENT_POLLS = 100
/** A load that failed fails again; it is tried anew when this much time has passed. */
const RETRY_AFTER_MS = 10_000

/**
 * Loads one thing for all requests of an isolate, although no request may count on another.
 *
 * On workerd, what a request has begun to read dies with that request, and whoever awaits its promise then waits for
 * ever. So nobody awaits the promise of another: the request that loads leaves signs of life and in the end the value
 * in plain variables, and the others look there on timers of their own. When the signs cease, the next one to notice
 * loads it itself.
 */
export class ColdLoad<T> {
  #value: T | null = null
  #failure: { error: unknown; at: number } | null = null
  /** Changes all the time while somebody loads. */
  #heartbeat = 0
  #loading = false
  /** Counts loads, so that one taken for dead can't end another. */
  #turn = 0

  /** The value if it is loaded. */
  get current(): T | null {
    return this.#value
  }

  get state(): 'idle' | 'loading' | 'ready' | 'failed' {
    if (this.#value !== null) return 'ready'
    if (this.#loading) return 'loading'
    return this.#failure ? 'failed' : 'idle'
  }

  /**
   * @param load       begins a load of one's own
   * @param keepAlive  the request's `waitUntil`: a load goes on when the request that began it is dropped
   * @param signal     ends the wait, not the load
   */
  async get(
    load: () => Promise<T>,
    keepAlive: (work: Promise<unknown>) => void,
    signal?: AbortSignal,
  ): Promise<T> {
    let heard = -1
    let silent = 0
    for (;;) {
      if (this.#value !== null) return this.#value
      if (signal?.aborted) throw signal.reason
      if (!this.#loading || silent > SILENT_POLLS) {
        this.#throwRecentFailure()
        keepAlive(this.#run(load))
        silent = 0
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      silent = heard === this.#heartbeat ? silent + 1 : 0
      heard = this.#heartbeat
    }
  }

  async #run(load: () => Promise<T>): Promise<void> {
    const turn = ++this.#turn
    this.#loading = true
    this.#failure = null
    this.#heartbeat++
    const heart = setInterval(() => this.#heartbeat++, POLL_MS)
    try {
      const value = await load()
      this.#value ??= value
    } catch (error) {
      if (turn === this.#turn) this.#failure = { error, at: Date.now() }
    } finally {
      clearInterval(heart)
      if (turn === this.#turn) this.#loading = false
    }
  }

  #throwRecentFailure(): void {
    if (this.#failure && Date.now() - this.#failure.at < RETRY_AFTER_MS) throw this.#failure.error
  }
}
