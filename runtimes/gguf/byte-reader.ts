import { unusable } from './unusable.ts'

/** Thrown inside the parser when the bytes at hand end before the header does; never leaves it. */
export const UNFINISHED = Symbol('unfinished header')

/**
 * Reads little-endian values from a growing prefix of a file. Every count and length is held against what the file
 * can hold before anything is made of it.
 */
export class ByteReader {
  position = 0
  readonly #view: DataView
  readonly #bytes: Uint8Array
  /** Where the file must end at the latest. */
  readonly #limit: number
  readonly #limitInWords: string

  constructor(bytes: Uint8Array, limit: number, limitInWords: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#limit = limit
    this.#limitInWords = limitInWords
  }

  /** Moves over `count` bytes and returns where they began. */
  take(count: number, what: string): number {
    const start = this.position
    const end = start + count
    if (end > this.#limit) {
      throw unusable(
        `${what} needs ${count} bytes from byte ${start} on, but ${this.#limitInWords}`,
      )
    }
    if (end > this.#bytes.length) throw UNFINISHED
    this.position = end
    return start
  }

  /** A number of things to come, each of at least `minBytes` bytes: refused at once if they can't all be there. */
  count(minBytes: number, what: string, most = Number.MAX_SAFE_INTEGER): number {
    const count = this.u64(what)
    if (count > most) throw unusable(`${what} is ${count}, more than ${most}`)
    if (this.position + count * minBytes > this.#limit) {
      throw unusable(`${what} is ${count}, but ${this.#limitInWords}`)
    }
    return count
  }

  u32(what: string): number {
    return this.#view.getUint32(this.take(4, what), true)
  }

  /** Exact up to 2^53, and close enough above it for what is refused anyway. */
  u64(what: string): number {
    const start = this.take(8, what)
    return this.#view.getUint32(start, true) + this.#view.getUint32(start + 4, true) * 2 ** 32
  }

  text(what: string): string {
    const length = this.count(1, `the length of ${what}`)
    const start = this.take(length, what)
    return utf8.decode(this.#bytes.subarray(start, start + length))
  }

  /** Moves over `count` texts without decoding them. */
  skipTexts(count: number, what: string): void {
    const view = this.#view
    const end = Math.min(view.byteLength, this.#limit)
    let index = 0
    // What is refused or has not arrived is left to the careful loop; this one is for the 150,000 of a vocabulary.
    for (let at = this.position; index < count && at + 8 <= end; index++) {
      at += 8 + view.getUint32(at, true)
      if (view.getUint32(this.position + 4, true) !== 0 || at > end) break
      this.position = at
    }
    for (; index < count; index++) this.take(this.count(1, what), what)
  }

  /** A value at a place that `take` has gone over. */
  at<T>(start: number, read: (view: DataView, at: number) => T): T {
    return read(this.#view, start)
  }

  /** A copy of bytes that `take` has gone over. */
  slice(start: number, end: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(this.#bytes.subarray(start, end))
  }

  /**
   * Decodes `count` texts that begin at `start` and that `skipTexts` has gone over. A vocabulary has 150,000 of them,
   * and a call of the decoder for each costs more than all else: they are decoded as one, with NUL between them.
   */
  texts(start: number, end: number, count: number): string[] {
    const joined = new Uint8Array(end - start - count * 7)
    let [from, to] = [start, 0]
    for (let index = 0; index < count; index++) {
      const length = this.#view.getUint32(from, true)
      from += 8
      // They are short: a view of each would cost more than its bytes.
      for (const last = from + length; from < last; ) joined[to++] = this.#bytes[from++]!
      to++
    }
    const texts = utf8.decode(joined.subarray(0, Math.max(0, to - 1))).split('\0')
    if (texts.length === count) return texts
    return this.#textsOneByOne(start, count)
  }

  /** For lists in which some text has a NUL of its own. */
  #textsOneByOne(start: number, count: number): string[] {
    let from = start
    return Array.from({ length: count }, () => {
      const length = this.#view.getUint32(from, true)
      from += 8 + length
      return utf8.decode(this.#bytes.subarray(from - length, from))
    })
  }
}

/** A byte order mark is a token like any other. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
