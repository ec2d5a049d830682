import { DecodingError } from '../errors.ts'
import type { ForwardStep, LanguageModel } from '../language-model.ts'
import { prefillChunk } from '../pacing.ts'
import { pause } from '../pause.ts'
import { nextRound } from './next-round.ts'
import { seatAt } from './seat.ts'
import { sharedPass } from './shared-pass.ts'
import { Ticket } from './ticket.ts'

const DEFAULT_LIMIT = 64
/** Rounds without a step after which nobody waits for a generation any more. */
const MISSED_ROUNDS = 16
/** Most passes are over before anybody else is heard: the first polls are quick, those after them wait. */
const QUICK_POLLS = 8
const POLL_MS = 5
/** Polls, half a minute of idle time, after which a pass was lost together with whoever ran it. */
const LOST_POLLS = 6000

interface Seat {
  /** What its generation asked for last. */
  ticket: Ticket | null
  /** Rounds since then that went without it. */
  missed: number
}

/**
 * Continuous batching: all generations in flight share each forward pass, new ones join and finished ones leave between
 * two passes (Yu et al. 2022, "Orca: A Distributed Serving System for Transformer-Based Generative Models"). A pass for
 * sixteen costs less than sixteen passes where the weights are read once for all rows. Rows do not depend on each other,
 * so neither do the texts.
 *
 * There is no loop of its own, and nobody awaits what another has to settle. Each generation looks for its turn on its
 * own clock, and whichever first finds that nobody runs a pass runs one for all. For on workerd each generation lives and
 * dies with its request: a loop that one request began would end with it, and who is woken by another request may find
 * its timers gone.
 */
export class Scheduler {
  readonly #model: LanguageModel
  readonly #limit: number
  readonly #budget: number
  /** The oldest first. */
  #queue: Ticket[] = []
  readonly #seats = new Set<Seat>()
  #running: readonly Ticket[] | null = null
  /** How many there were. */
  #rounds = 0

  /** @param limit  most generations in flight */
  constructor(model: LanguageModel, limit = DEFAULT_LIMIT) {
    this.#model = model
    this.#limit = limit
    this.#budget = prefillChunk(model.config.parameters)
  }

  /** Generations in flight. */
  get seats(): number {
    return this.#seats.size
  }

  /**
   * The model as one generation sees it. Its `dispose` says that the generation is over; the model lives on.
   *
   * @throws {DecodingError} overloaded
   */
  enter(): LanguageModel {
    if (this.#seats.size >= this.#limit) {
      // Counts as a round, or else generations that vanished would keep others out for ever.
      this.#countMissed()
      throw new DecodingError(
        `${this.#limit} texts are being generated already; try again in a moment`,
        'overloaded',
      )
    }
    const seat: Seat = { ticket: null, missed: 0 }
    this.#seats.add(seat)
    return seatAt(
      this.#model,
      (steps) => this.#forward(seat, steps),
      () => this.#seats.delete(seat),
    )
  }

  async #forward(seat: Seat, steps: ForwardStep[]): Promise<Float32Array[][]> {
    const ticket = new Ticket(steps)
    seat.ticket = ticket
    seat.missed = 0
    this.#seats.add(seat)
    this.#queue.push(ticket)
    let gathered = -1
    while (!ticket.outcome) {
      if (this.#running) {
        await this.#watch(this.#running)
      } else if (this.#queue.length < this.#seats.size && gathered !== this.#rounds) {
        // Those who are about to ask, having got their rows just now, shall be in the same round.
        gathered = this.#rounds
        await pause()
      } else {
        await this.#run(nextRound(this.#queue, this.#budget))
      }
    }
    if (!ticket.outcome.ok) throw ticket.outcome.error
    return ticket.outcome.rows
  }

  async #run(tickets: readonly Ticket[]): Promise<void> {
    this.#queue = this.#queue.filter((ticket) => !tickets.includes(ticket))
    this.#countMissed()
    this.#rounds++
    this.#running = tickets
    await sharedPass(this.#model, tickets)
    if (this.#running === tickets) this.#running = null
  }

  /** Waits until a round is over that somebody else runs. */
  async #watch(round: readonly Ticket[]): Promise<void> {
    for (let poll = 0; poll < LOST_POLLS; poll++) {
      if (poll < QUICK_POLLS) await pause()
      else await new Promise<void>((resolve) => setTimeout(resolve, POLL_MS))
      if (this.#running !== round) return
    }
    const error = new Error('A forward pass was lost')
    for (const ticket of round) ticket.settle({ ok: false, error })
    this.#running = null
  }

  #countMissed(): void {
    for (const seat of this.#seats) {
      if (seat.ticket && !seat.ticket.outcome) continue
      seat.missed++
      if (seat.missed > MISSED_ROUNDS) this.#seats.delete(seat)
    }
  }
}
