/** How long a transfer will still take, from how it went lately: old samples lose half their weight every 3 s. */
export class TransferRate {
  readonly #halfLife = 3
  #bytesPerSecond: number | null = null
  #last: { bytes: number; at: number } | null = null

  /** @param at  a clock's reading in ms */
  sample(bytes: number, at: number): void {
    const last = this.#last
    if (last === null || bytes < last.bytes) {
      this.#last = { bytes, at }
      return
    }
    const seconds = (at - last.at) / 1000
    if (seconds < 0.1) return
    const rate = (bytes - last.bytes) / seconds
    const keep = 0.5 ** (seconds / this.#halfLife)
    this.#bytesPerSecond =
      this.#bytesPerSecond === null ? rate : keep * this.#bytesPerSecond + (1 - keep) * rate
    this.#last = { bytes, at }
  }

  /** Whole seconds for `bytes` more; null while there is nothing to go by. */
  secondsFor(bytes: number): number | null {
    return this.#bytesPerSecond ? Math.ceil(bytes / this.#bytesPerSecond) : null
  }
}
