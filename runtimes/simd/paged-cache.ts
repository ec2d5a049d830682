import type { KVCache } from '../../decoder/language-model.ts'
import { checkTruncation } from '../check-truncation.ts'
import { PAGE_POSITIONS, type PagePool } from './page-pool.ts'

/** How keys and values lie in a page: heads × layers of keys then values, see assembly/attention.ts. */
export interface PageLayout {
  layers: number
  kvHeads: number
  /** Numbers of a head, padded to a multiple of 4. */
  headDim: number
}

/** Bytes from one head of one layer to the next. */
export function headBytes({ headDim }: PageLayout): number {
  return 2 * PAGE_POSITIONS * headDim * 4
}

/**
 * Keys and values of one sequence as a list of pages. A fork shares them all; the first write into a shared page copies
 * it. After a tree step its tokens lie one after another until `keep` chooses a path.
 */
export class PagedCache implements KVCache {
  readonly #pool: PagePool
  readonly #layout: PageLayout
  readonly #memory: WebAssembly.Memory
  #pages: number[]
  #length: number
  /** The last step's first slot, and its parents if it was a tree. */
  #lastStep: { start: number; parents: readonly number[] | null } = { start: 0, parents: null }
  /** What the model's heads read, of the last tokens of the last step. */
  #states: readonly Float32Array[] = []
  #disposed = false

  constructor(
    pool: PagePool,
    layout: PageLayout,
    memory: WebAssembly.Memory,
    pages: number[] = [],
    length = 0,
  ) {
    this.#pool = pool
    this.#layout = layout
    this.#memory = memory
    this.#pages = pages
    this.#length = length
  }

  get length(): number {
    return this.#length
  }

  get bytes(): number {
    return this.#pages.length * this.#pool.pageBytes
  }

  /** Addresses of the pages, in order. */
  get pages(): readonly number[] {
    return this.#pages
  }

  /** What the model's heads read at the last token; null if no step has left it here. */
  get state(): Float32Array | null {
    return this.#states.at(-1) ?? null
  }

  /** Whether the next step must wait for `keep`. */
  get undecided(): boolean {
    return this.#lastStep.parents !== null
  }

  fork(): PagedCache {
    this.#alive()
    if (this.undecided) throw new Error('A cache can be forked after `keep` has chosen a path')
    const pages = this.#pages.map((page) => this.#pool.share(page))
    const fork = new PagedCache(this.#pool, this.#layout, this.#memory, pages, this.#length)
    fork.#states = this.#states.slice(-1)
    return fork
  }

  truncate(length: number): void {
    this.#alive()
    checkTruncation(this.#length, length)
    const { start, parents } = this.#lastStep
    if (parents && length > start) {
      throw new RangeError('Tokens of a tree step are chosen by `keep`, not by `truncate`')
    }
    this.#states = this.#states.slice(0, Math.max(0, this.#states.length - this.#length + length))
    this.#cut(length)
    this.#lastStep = { start: Math.min(start, length), parents: null }
  }

  keep(path: ArrayLike<number>): void {
    this.#alive()
    const nodes = Array.from(path)
    const { start, parents } = this.#lastStep
    const valid = nodes.every(
      (node, index) =>
        Number.isInteger(node) &&
        node >= 0 &&
        node < this.#length - start &&
        (parents ? parents[node] : node - 1) === (nodes[index - 1] ?? -1),
    )
    if (!valid) throw new RangeError(`[${nodes}] is not a path of the last step, from its root on`)
    // Slots only move down, and no node's slot is written before it was moved itself.
    for (const [index, node] of nodes.entries()) {
      if (node !== index) this.#move(start + node, start + index)
    }
    // The states are those of the step's last tokens: of all, or of the very last.
    const first = this.#length - start - this.#states.length
    this.#states = nodes
      .map((node) => this.#states[node - first])
      .filter((state) => state !== undefined)
    this.#cut(start + nodes.length)
    this.#lastStep = { start, parents: null }
  }

  dispose(): void {
    if (this.#disposed) return
    this.#cut(0)
    this.#disposed = true
  }

  /**
   * Makes room for a step's tokens, on pages that are this sequence's own.
   *
   * @throws {DecodingError} `memory_exhausted`; the cache is then as before
   */
  reserve(count: number): void {
    this.#alive()
    const last = this.#length % PAGE_POSITIONS === 0 ? -1 : this.#pages.length - 1
    if (last >= 0) this.#pages[last] = this.#pool.own(this.#pages[last]!)
    const needed = Math.ceil((this.#length + count) / PAGE_POSITIONS)
    while (this.#pages.length < needed) this.#pages.push(this.#pool.take())
  }

  /** Counts a step's tokens in, once they are written. */
  advance(count: number, parents: readonly number[] | null): void {
    this.#lastStep = { start: this.#length, parents }
    this.#length += count
  }

  /** Keeps what the heads read of the step just counted in: of its last tokens, the last included; or nothing. */
  remember(states: readonly Float32Array[]): void {
    this.#states = states
  }

  /** Gives back pages that were reserved for a step that failed. */
  cancel(): void {
    this.#cut(this.#length)
  }

  #cut(length: number): void {
    const needed = Math.ceil(length / PAGE_POSITIONS)
    for (const page of this.#pages.splice(needed)) this.#pool.release(page)
    this.#length = length
  }

  #move(from: number, to: number): void {
    const { layers, kvHeads, headDim } = this.#layout
    const numbers = new Float32Array(this.#memory.buffer)
    const source = this.#slot(from)
    const target = this.#slot(to)
    const step = headBytes(this.#layout) / 4
    for (let head = 0; head < layers * kvHeads; head++) {
      for (let i = 0; i < headDim; i++) {
        numbers[target.key + head * step + 4 * i] = numbers[source.key + head * step + 4 * i]!
        numbers[target.value + head * step + i] = numbers[source.value + head * step + i]!
      }
    }
  }

  /** Where a slot's first head has its key and value, in numbers. */
  #slot(slot: number): { key: number; value: number } {
    const { headDim } = this.#layout
    const page = this.#pages[Math.floor(slot / PAGE_POSITIONS)]! / 4
    const within = slot % PAGE_POSITIONS
    const group = Math.floor(within / 4)
    return {
      key: page + group * headDim * 4 + (within % 4),
      value: page + PAGE_POSITIONS * headDim + within * headDim,
    }
  }

  #alive(): void {
    if (this.#disposed) throw new Error('The cache was disposed of')
  }
}
