import { overloaded } from '../http/api-error.ts'

const POLL_MS = 5
const BUSY = 'Too many requests are being answered; try again in a moment.'
/** Whoever waits looks at the queue every few milliseconds; who hasn't for this long is gone. */
const GONE_MS = 5_000

export interface AdmissionLimits {
  /**
   * Generations at once; one that needs much memory counts as several. They share each pass of the model, so more of
   * them means more tokens a second and more memory.
   */
  slots: number
  /** Requests that may wait. */
  queue: number
  /** Longest wait, in milliseconds. */
  patienceMs: number
  /** A generation that shows no progress for this long loses its slot, in milliseconds. */
  leaseMs: number
}

/** One generation's right to run. */
export interface Lease {
  /** Says that the generation is still going on. */
  renew(): void
  /** Gives the slot back. Calling it again does nothing. */
  release(): void
}

/**
 * Lets a bounded number of generations run and a bounded number wait for them, first come, first served; the rest are
 * refused at once with 503.
 *
 * A request can vanish without a word (workerd drops its whole context), so nothing here trusts that a release is ever
 * called, or awaits what another request would have to settle: who waits looks for itself, and who shows no life
 * loses place or slot.
 */
export class Admission {
  readonly #limits: AdmissionLimits
  #slots: number
  readonly #running = new Map<object, { renewed: number; slots: number }>()
  readonly #waiting: { seen: number }[] = []

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
    this.#slots = limits.slots
  }

  /** Another number of slots, once the model and so its needs are known; who runs already goes on. */
  resize(slots: number): void {
    this.#slots = slots
  }

  get running(): number {
    return this.#running.size
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /**
   * @param slots how many this one counts as; at most all of them
   * @throws {ApiError} 503 if the queue is full or the wait too long; the signal's reason if it was aborted
   */
  async enter(signal?: AbortSignal, slots = 1): Promise<Lease> {
    this.#sweep()
    const needed = Math.min(slots, this.#slots)
    if (this.#waiting.length === 0 && this.#hasRoom(needed)) return this.#start(needed)
    if (this.#waiting.length >= this.#limits.queue) throw overloaded(BUSY)
    const begin = Date.now()
    const ticket = { seen: begin }
    this.#waiting.push(ticket)
    try {
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
        if (signal?.aborted) throw signal.reason
        ticket.seen = Date.now()
        this.#sweep()
        if (this.#waiting[0] === ticket && this.#hasRoom(needed)) return this.#start(needed)
        if (ticket.seen - begin > this.#limits.patienceMs) throw overloaded(BUSY)
      }
    } finally {
      const place = this.#waiting.indexOf(ticket)
      if (place >= 0) this.#waiting.splice(place, 1)
    }
  }

  #hasRoom(needed: number): boolean {
    let taken = 0
    for (const { slots } of this.#running.values()) taken += slots
    return taken + needed <= this.#slots
  }

  #start(slots: number): Lease {
    const key = {}
    this.#running.set(key, { renewed: Date.now(), slots })
    return {
      renew: () => {
        if (this.#running.has(key)) this.#running.set(key, { renewed: Date.now(), slots })
      },
      release: () => {
        this.#running.delete(key)
      },
    }
  }

  #sweep(): void {
    const now = Date.now()
    for (const [key, { renewed }] of this.#running) {
      if (now - renewed > this.#limits.leaseMs) this.#running.delete(key)
    }
    while (this.#waiting[0] && now - this.#waiting[0].seen > GONE_MS) this.#waiting.shift()
  }
}
