import type { GgufMetadata, GgufValue } from './types.ts'
import { quoted, unusable } from './unusable.ts'

/** Reads the settings of one architecture out of the metadata (`llama.block_count`), each held to its range. */
export class Settings {
  readonly #metadata: GgufMetadata
  readonly #prefix: string

  constructor(metadata: GgufMetadata, architecture: string) {
    this.#metadata = metadata
    this.#prefix = architecture
  }

  /** @param fallback  for a key that is not there; without it, the key is needed */
  whole(key: string, from: number, to: number, fallback?: number): number {
    return this.#number(key, from, to, fallback, Number.isInteger)
  }

  /** A number in `from`…`to`, both included. */
  real(key: string, from: number, to: number, fallback?: number): number {
    return this.#number(key, from, to, fallback, Number.isFinite)
  }

  /** Refuses all but one value of a key that may be missing. */
  only(key: string, supported: number | boolean): void {
    const value = this.get(key) ?? supported
    if (value === supported) return
    throw unusable(
      `${this.#prefix}.${key} = ${inWords(value)} is not supported, only ${supported} is`,
    )
  }

  get(key: string): GgufValue | undefined {
    return this.#metadata.get(`${this.#prefix}.${key}`)
  }

  #number(
    key: string,
    from: number,
    to: number,
    fallback: number | undefined,
    isKind: (value: number) => boolean,
  ): number {
    const value = this.get(key) ?? fallback
    const name = `${this.#prefix}.${key}`
    if (value === undefined) throw unusable(`its metadata lacks ${name}`)
    if (typeof value !== 'number' || !isKind(value) || value < from || value > to) {
      const kind = isKind === Number.isInteger ? 'a whole number' : 'a number'
      throw unusable(`${name} is ${inWords(value)}, not ${kind} from ${from} to ${to}`)
    }
    return value
  }
}

/** A value of the metadata for a message. */
export function inWords(value: GgufValue): string {
  if (typeof value === 'string') return quoted(value)
  return typeof value === 'object' ? 'a list' : String(value)
}
