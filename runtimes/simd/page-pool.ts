import type { Arena } from './arena.ts'

/** Positions in a page, as the attention kernel has it. */
export const PAGE_POSITIONS = 16

/**
 * Pages of keys and values (all layers and heads of 16 positions), counted by how many sequences hold each.
 * Kwon et al. 2023, "Efficient Memory Management for Large Language Model Serving with PagedAttention".
 */
export class PagePool {
  readonly pageBytes: number
  readonly #arena: Arena
  readonly #free: number[] = []
  readonly #holders = new Map<number, number>()

  constructor(arena: Arena, pageBytes: number) {
    this.#arena = arena
    this.pageBytes = pageBytes
  }

  /** Pages that somebody holds. */
  get held(): number {
    return this.#holders.size
  }

  /** A page of one's own, its content undefined. @throws {DecodingError} `memory_exhausted` */
  take(): number {
    const page = this.#free.pop() ?? this.#arena.allocate(this.pageBytes)
    this.#holders.set(page, 1)
    return page
  }

  /** One more holder. */
  share(page: number): number {
    this.#holders.set(page, this.#holders.get(page)! + 1)
    return page
  }

  release(page: number): void {
    const holders = this.#holders.get(page)! - 1
    if (holders > 0) {
      this.#holders.set(page, holders)
      return
    }
    this.#holders.delete(page)
    this.#free.push(page)
  }

  /** The page itself if nobody else holds it, else a copy in its place: what a writer needs. */
  own(page: number): number {
    if (this.#holders.get(page) === 1) return page
    const copy = this.take()
    const bytes = this.#arena.bytesAt(0, this.#arena.kernels.memory.buffer.byteLength)
    bytes.copyWithin(copy, page, page + this.pageBytes)
    this.release(page)
    return copy
  }
}
