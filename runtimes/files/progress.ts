import type { LoadProgress } from '../loaded-model.ts'

/** Adds up the downloads of one load, so that the visitor sees one bar that only grows and ends at 100 %. */
export class ProgressMeter {
  readonly #report: (progress: LoadProgress) => void
  readonly #files = new Map<string, { here: number; bytes: number }>()
  #shown = 0

  constructor(report: (progress: LoadProgress) => void = () => {}) {
    this.#report = report
  }

  /** Announces a file before any download starts; an unknown size counts as it arrives. */
  expect(name: string, bytes: number | null): void {
    this.#files.set(name, { here: 0, bytes: bytes ?? 0 })
  }

  /** For a file's `onBytes`: how much of it is here. */
  readonly update = (name: string, here: number): void => {
    const file = this.#files.get(name)
    if (!file) return
    file.here = here
    this.#show()
  }

  /** To be called once everything is here: sizes that servers told wrongly are forgotten. */
  finish(): void {
    for (const file of this.#files.values()) file.here = file.bytes = file.here || file.bytes
    this.#show()
  }

  #show(): void {
    let loaded = 0
    let total = 0
    for (const { here, bytes } of this.#files.values()) {
      // A compressed transfer makes more bytes of a file than its size on the wire.
      total += Math.max(bytes, here)
      loaded += here
    }
    // A download that starts again must not pull the bar back.
    this.#shown = Math.min(Math.max(this.#shown, loaded), total)
    this.#report({ loaded: this.#shown, total })
  }
}
