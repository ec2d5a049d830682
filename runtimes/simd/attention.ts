import { type Arena, roundUp } from './arena.ts'
import type { LlamaShape } from './llama-weights.ts'
import { ROW_MULTIPLE } from './matrix.ts'
import { PAGE_POSITIONS } from './page-pool.ts'
import { headBytes, type PageLayout } from './paged-cache.ts'
import { MAX_ROWS, type Row } from './rows.ts'

/** Slots of a sliding window's pages beyond its tokens: behind the sinks, and before and after the window. */
const WINDOW_SLACK = 3 * PAGE_POSITIONS

/**
 * Attention of a pass's rows over the pages of their sequences: rotary embedding, keys and values to their slots, softmax
 * over what each row may see.
 */
export class Attention {
  readonly pageLayout: PageLayout
  /** Sizes in numbers of a row of queries or results, and of one of keys or values. */
  readonly width: number
  readonly keyWidth: number
  /** Rows of projected queries, keys and values, to be filled before `run`, and of its results. */
  readonly query: number
  readonly key: number
  readonly value: number
  readonly mixed: number
  readonly #arena: Arena
  readonly #shape: LlamaShape
  /** Most slots that a row's pages have. */
  readonly #slots: number
  readonly #rotary: number
  readonly #scores: number
  readonly #tables: number
  readonly #masks: number
  /** A few heads, padded to a multiple of 4; unused where heads are. */
  readonly #paddedHeads: number
  /** All padded query heads once for each page, where windows slide; 0 before there is one. */
  #turned = 0

  /** @param ropeFrequencies  address of divisors of the rotary frequencies, or 0 */
  constructor(arena: Arena, shape: LlamaShape, layers: number, ropeFrequencies: number) {
    this.#arena = arena
    this.#shape = shape
    const { heads, kvHeads, headDim, contextLength } = shape
    const padded = roundUp(headDim, 4)
    this.pageLayout = { layers, kvHeads, headDim: padded }
    this.width = roundUp(heads * headDim, 32)
    this.keyWidth = roundUp(kvHeads * headDim, ROW_MULTIPLE)
    const rows = (numbers: number) => arena.allocate(MAX_ROWS * numbers * 4 + 64)
    this.query = rows(this.width)
    this.key = rows(this.keyWidth)
    this.value = rows(this.keyWidth)
    this.mixed = rows(this.width)
    this.#slots = roundUp(contextLength, PAGE_POSITIONS) + WINDOW_SLACK
    this.#scores = arena.allocate(2 * this.#slots * 4)
    this.#tables = rows(this.#tableLength)
    this.#masks = arena.allocate(MAX_ROWS * this.#slots)
    this.#paddedHeads = arena.allocate(2 * heads * padded * 4)
    this.#rotary = arena.allocate(this.#slots * padded * 8)
    arena.kernels.rotaryTable(
      this.#rotary,
      this.#slots,
      headDim,
      shape.ropeTheta,
      shape.ropeFactor,
      ropeFrequencies,
    )
  }

  get #tableLength(): number {
    return this.#slots / PAGE_POSITIONS
  }

  /** Takes the scratch that sliding windows need, once. @throws {DecodingError} `memory_exhausted` */
  allowWindows(): void {
    const numbers = this.#tableLength * this.#shape.heads * this.pageLayout.headDim
    this.#turned ||= this.#arena.allocate(numbers * 4)
  }

  /** Page tables and masks of the pass, where the kernels can read them. */
  prepare(rows: readonly Row[]): void {
    for (const [row, { pages, visible }] of rows.entries()) {
      this.#arena.words(this.#tables + row * this.#tableLength * 4, pages.length).set(pages)
      if (!visible) continue
      const { slots } = visible
      this.#arena.bytesAt(this.#masks + row * this.#slots, slots.length).set(slots)
    }
  }

  /** One layer's attention of all rows. */
  run(layer: number, rows: readonly Row[]): void {
    for (const [row, entry] of rows.entries()) this.#storeKeys(layer, row, entry)
    for (const [row, entry] of rows.entries()) this.#attend(layer, row, entry)
  }

  /** Rotates a row's queries and keys by its position, and writes its keys and values to their slot. */
  #storeKeys(layer: number, row: number, { position, slot, pages, seenFrom }: Row): void {
    const { heads, kvHeads, headDim } = this.#shape
    const { kernels } = this.#arena
    const key = this.key + row * this.keyWidth * 4
    const value = this.value + row * this.keyWidth * 4
    // Queries of a sliding window are rotated page by page, when they meet its keys.
    if (!seenFrom) this.#rotate(this.query + row * this.width * 4, heads, this.#angles(position))
    this.#rotate(key, kvHeads, this.#angles(seenFrom ? slot % PAGE_POSITIONS : position))
    const page = pages[Math.floor(slot / PAGE_POSITIONS)]! + this.#layerOffset(layer)
    for (let head = 0; head < kvHeads; head++) {
      kernels.storeKeyValue(
        page + head * headBytes(this.pageLayout),
        slot % PAGE_POSITIONS,
        this.#padHeads(key + head * headDim * 4, 1),
        this.#padHeads(value + head * headDim * 4, 1, 1),
        this.pageLayout.headDim,
      )
    }
  }

  #attend(layer: number, row: number, { slot, visible, seenFrom }: Row): void {
    const { heads, kvHeads, headDim } = this.#shape
    const { kernels } = this.#arena
    const padded = this.pageLayout.headDim
    const scale = headDim ** -0.5
    const table = this.#tables + row * this.#tableLength * 4
    const mask = visible ? this.#masks + row * this.#slots : 0
    // Query heads share key-value heads in groups.
    const shared = heads / kvHeads
    if (seenFrom) this.#turnQueries(row, seenFrom)
    for (let kvHead = 0; kvHead < kvHeads; kvHead++) {
      const at = (row * this.width + kvHead * shared * headDim) * 4
      const isPadded = padded !== headDim
      const out = isPadded ? this.#paddedHeads + shared * padded * 4 : this.mixed + at
      kernels.attend(
        seenFrom
          ? this.#turned + kvHead * shared * padded * 4
          : this.#padHeads(this.query + at, shared),
        shared,
        table,
        this.#layerOffset(layer) + kvHead * headBytes(this.pageLayout),
        slot + 1,
        mask,
        visible?.from ?? 0,
        this.#scores,
        out,
        padded,
        scale,
        seenFrom ? heads * padded * 4 : 0,
      )
      if (!isPadded) continue
      for (let head = 0; head < shared; head++) {
        this.#copy(out + head * padded * 4, this.mixed + at + head * headDim * 4, headDim)
      }
    }
  }

  /** A row's queries, rotated for each page. */
  #turnQueries(row: number, seenFrom: readonly number[]): void {
    const { heads, headDim } = this.#shape
    const padded = this.pageLayout.headDim
    const query = this.query + row * this.width * 4
    for (const [page, position] of seenFrom.entries()) {
      const turned = this.#turned + page * heads * padded * 4
      if (headDim === padded) this.#copy(query, turned, heads * headDim)
      else {
        for (let head = 0; head < heads; head++) {
          const padding = this.#padHeads(query + head * headDim * 4, 1)
          this.#copy(padding, turned + head * padded * 4, padded)
        }
      }
      this.#arena.kernels.rotate(turned, this.#angles(position), heads, padded)
    }
  }

  /** A position's row of the rotary table. */
  #angles(position: number): number {
    return this.#rotary + position * this.pageLayout.headDim * 8
  }

  #rotate(x: number, heads: number, angles: number): void {
    const { headDim } = this.#shape
    const { kernels } = this.#arena
    if (headDim % 4 === 0) {
      kernels.rotate(x, angles, heads, headDim)
      return
    }
    for (let head = 0; head < heads; head++) {
      const at = x + head * headDim * 4
      kernels.rotate(this.#padHeads(at, 1), angles, 1, this.pageLayout.headDim)
      this.#copy(this.#paddedHeads, at, headDim)
    }
  }

  /** The heads themselves if their size is a multiple of 4, else copies with zeros behind each. */
  #padHeads(address: number, count: number, place = 0): number {
    const { headDim } = this.#shape
    const padded = this.pageLayout.headDim
    if (headDim === padded) return address
    const copies = this.#paddedHeads + place * padded * 4
    for (let head = 0; head < count; head++) {
      const copy = copies + head * padded * 4
      this.#copy(address + head * headDim * 4, copy, headDim)
      this.#arena.floats(copy + headDim * 4, padded - headDim).fill(0)
    }
    return copies
  }

  #copy(from: number, to: number, numbers: number): void {
    const bytes = new Uint8Array(this.#arena.kernels.memory.buffer)
    bytes.copyWithin(to, from, from + numbers * 4)
  }

  #layerOffset(layer: number): number {
    return layer * this.#shape.kvHeads * headBytes(this.pageLayout)
  }
}
