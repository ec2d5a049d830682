/** Resolves after `milliseconds`; rejects at once when the signal aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

/** A caller's abort signal joined with a time limit that is set anew with every sign of life. */
export class Watchdog {
  readonly caller: AbortSignal
  readonly #controller = new AbortController()
  readonly #forward = () => this.#controller.abort(this.caller.reason)
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(caller: AbortSignal) {
    this.caller = caller
    if (caller.aborted) this.#forward()
    else caller.addEventListener('abort', this.#forward, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  expectWithin(milliseconds: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(
      () => this.#controller.abort(new DOMException('no sign of life', 'TimeoutError')),
      milliseconds,
    )
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.caller.removeEventListener('abort', this.#forward)
  }
}
