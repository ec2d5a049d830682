/** A value that can be watched. Watchers are told once per frame's worth of changes, not once per token. */
export class Store<T extends object> {
  #value: T
  readonly #watchers = new Set<() => void>()
  #scheduled = false

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  set(change: Partial<T>): void {
    this.#value = { ...this.#value, ...change }
    if (this.#scheduled) return
    this.#scheduled = true
    setTimeout(() => {
      this.#scheduled = false
      for (const watcher of [...this.#watchers]) watcher()
    }, 16)
  }

  /** @returns how to stop watching */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }
}
