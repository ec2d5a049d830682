/** Collects a stream into one array: allocated once where the size is known, doubled as needed where it is not. */
export class GrowingBuffer {
  #bytes: Uint8Array<ArrayBuffer>
  #length = 0

  constructor(expected: number | null) {
    this.#bytes = new Uint8Array(expected ?? 64 * 1024)
  }

  get length(): number {
    return this.#length
  }

  write(chunk: Uint8Array): void {
    const length = this.#length + chunk.length
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = larger
    }
    this.#bytes.set(chunk, this.#length)
    this.#length = length
  }

  clear(): void {
    this.#length = 0
  }

  /** What was written so far, without a copy. */
  view(from = 0, to = this.#length): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(from, Math.min(to, this.#length))
  }
}
