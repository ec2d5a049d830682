import type { KVCache, SlidingWindow } from '../../decoder/language-model.ts'
import { checkTruncation } from '../check-truncation.ts'
import { PAGE_POSITIONS, type PagePool } from './page-pool.ts'
import type { Row } from './rows.ts'

/**
 * Keys and values of a text without an end: its first tokens (attention sinks) and its last (the window), on pages that
 * are given back once the window has passed them (Xiao et al. 2023, "Efficient Streaming Language Models with Attention
 * Sinks"). Each token's position is its place among the tokens that the last one sees.
 *
 * A position that changes with every token would have all keys rotated anew each time. Rotary scores depend only on how
 * far apart query and key are, so a key is rotated by its place in the page, once, and the query for each page by where
 * the page stands: exact, and the same bits however the tokens were fed.
 *
 * Sinks have pages of their own, so that a page is either kept for good or moves out as a whole.
 */
export class SlidingCache implements KVCache {
  readonly #pool: PagePool
  readonly #memory: WebAssembly.Memory
  readonly #shape: SlidingWindow
  readonly #sinkPages: number
  /** Pages of sinks, then those of the window. */
  #pages: number[]
  /** Pages of tokens after the sinks that were given back. */
  #dropped: number
  #length: number
  #lastStart: number
  #disposed = false

  constructor(
    pool: PagePool,
    memory: WebAssembly.Memory,
    shape: SlidingWindow,
    {
      pages = [],
      dropped = 0,
      length = 0,
    }: { pages?: number[]; dropped?: number; length?: number } = {},
  ) {
    this.#pool = pool
    this.#memory = memory
    this.#shape = shape
    this.#sinkPages = Math.ceil(shape.sinks / PAGE_POSITIONS)
    this.#pages = pages
    this.#dropped = dropped
    this.#length = length
    this.#lastStart = length
  }

  get length(): number {
    return this.#length
  }

  get bytes(): number {
    return this.#pages.length * this.#pool.pageBytes
  }

  fork(): SlidingCache {
    this.#alive()
    const pages = this.#pages.map((page) => this.#pool.share(page))
    const state = { pages, dropped: this.#dropped, length: this.#length }
    return new SlidingCache(this.#pool, this.#memory, this.#shape, state)
  }

  truncate(length: number): void {
    this.#alive()
    checkTruncation(this.#length, length)
    if (length > this.#shape.sinks && this.#firstSeen(length) < this.#firstHeld) {
      throw new RangeError(
        `The window has moved on: what a text of ${length} tokens would see is no longer held`,
      )
    }
    this.#cut(length)
    this.#lastStart = Math.min(this.#lastStart, length)
  }

  keep(path: ArrayLike<number>): void {
    this.#alive()
    const nodes = Array.from(path)
    const isPath =
      nodes.length <= this.#length - this.#lastStart && nodes.every((node, index) => node === index)
    if (!isPath) throw new RangeError(`[${nodes}] is not a path of the last step, from its root on`)
    this.#cut(this.#lastStart + nodes.length)
  }

  dispose(): void {
    if (this.#disposed) return
    this.#cut(0)
    this.#disposed = true
  }

  /**
   * Gives back what no later token sees, and makes room for a step's tokens on pages that are this text's own.
   *
   * @throws {DecodingError} `memory_exhausted`
   */
  reserve(count: number): void {
    this.#alive()
    this.#drop()
    if (this.#slot(this.#length) % PAGE_POSITIONS !== 0) {
      const last = this.#pages.length - 1
      this.#pages[last] = this.#pool.own(this.#pages[last]!)
    }
    const needed = this.#pageOf(this.#length + count - 1) + 1
    while (this.#pages.length < needed) {
      const page = this.#pool.take()
      // Slots behind the last sink are never written, and even what weighs nothing must be a number.
      if (this.#pages.length < this.#sinkPages) {
        new Uint8Array(this.#memory.buffer, page, this.#pool.pageBytes).fill(0)
      }
      this.#pages.push(page)
    }
  }

  /** Counts a step's tokens in, once they are written. */
  advance(count: number): void {
    this.#lastStart = this.#length
    this.#length += count
  }

  /** Gives back pages that were reserved for a step that failed. */
  cancel(): void {
    this.#cut(this.#length)
  }

  /** Tokens of a step, once there is room for them, with their places and what they see. */
  rows(tokens: readonly number[], all: boolean): Row[] {
    return tokens.map((token, index) => ({
      token,
      ...this.#place(this.#length + index),
      wantsLogits: all || index === tokens.length - 1,
    }))
  }

  #place(index: number): Pick<Row, 'position' | 'slot' | 'pages' | 'visible' | 'seenFrom'> {
    const { sinks, window } = this.#shape
    const position = Math.min(index, sinks + window - 1)
    const own = this.#pageOf(index)
    const first = this.#firstSeen(index)
    const from = index < sinks ? own + 1 : this.#pageOf(first)
    const kept = Math.min(this.#sinkPages, own + 1)
    const pages = [...this.#pages.slice(0, kept), ...this.#pages.slice(from, own + 1)]
    const slot = (pages.length - 1) * PAGE_POSITIONS + (this.#slot(index) % PAGE_POSITIONS)
    const seenFrom = pages.map((_, page) =>
      page < this.#sinkPages
        ? position - page * PAGE_POSITIONS
        : (slot % PAGE_POSITIONS) + (pages.length - 1 - page) * PAGE_POSITIONS,
    )
    // Between the sinks and the first token of the window nothing is seen.
    const firstSlot = kept * PAGE_POSITIONS + (this.#slot(first) % PAGE_POSITIONS)
    const slots = new Uint8Array(Math.max(0, slot + 1 - sinks)).fill(1)
    slots.fill(0, 0, firstSlot - sinks)
    const visible = index >= sinks && firstSlot > sinks ? { from: sinks, slots } : null
    return { position, slot, pages, visible, seenFrom }
  }

  /** The first token of the window that ends with this token. */
  #firstSeen(index: number): number {
    const { sinks, window } = this.#shape
    return Math.max(sinks, index - window + 1)
  }

  get #firstHeld(): number {
    return this.#shape.sinks + this.#dropped * PAGE_POSITIONS
  }

  /** A token's place if no page were ever given back. */
  #slot(index: number): number {
    const { sinks } = this.#shape
    return index < sinks ? index : this.#sinkPages * PAGE_POSITIONS + index - sinks
  }

  /** Which of the pages held has this token. */
  #pageOf(index: number): number {
    const page = Math.floor(this.#slot(index) / PAGE_POSITIONS)
    return index < this.#shape.sinks ? page : page - this.#dropped
  }

  #drop(): void {
    if (this.#length <= this.#shape.sinks) return
    const passed = this.#pageOf(this.#firstSeen(this.#length)) - this.#sinkPages
    for (const page of this.#pages.splice(this.#sinkPages, passed)) this.#pool.release(page)
    this.#dropped += passed
  }

  #cut(length: number): void {
    if (length <= this.#shape.sinks) this.#dropped = 0
    const needed = length === 0 ? 0 : this.#pageOf(length - 1) + 1
    for (const page of this.#pages.splice(needed)) this.#pool.release(page)
    this.#length = length
  }

  #alive(): void {
    if (this.#disposed) throw new Error('The cache was disposed of')
  }
}
