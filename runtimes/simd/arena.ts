import { DecodingError } from '../../decoder/errors.ts'
import type { Kernels } from './kernels.ts'

const WASM_PAGE = 65536
const CACHE_LINE = 64

/**
 * Who owns which bytes of the engine's memory. Weights and scratch are allocated once and stay; keys and values come in
 * equal pages that are taken and given back.
 */
export class Arena {
  readonly kernels: Kernels
  readonly #maxBytes: number
  #top: number

  /** @param maxBytes  most bytes the memory may grow to */
  constructor(kernels: Kernels, maxBytes: number) {
    this.kernels = kernels
    this.#maxBytes = maxBytes
    this.#top = roundUp(kernels.heapBase(), CACHE_LINE)
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.#top
  }

  /**
   * Zeroed bytes at an address that is a multiple of 64.
   *
   * @throws {DecodingError} `memory_exhausted` if the budget is spent
   */
  allocate(bytes: number): number {
    const address = this.#top
    const top = address + roundUp(bytes, CACHE_LINE)
    if (top > this.#maxBytes) {
      throw new DecodingError(
        `The engine's memory of ${megabytes(this.#maxBytes)} is spent: ${megabytes(this.#top)} are in use and ${megabytes(bytes)} more were needed`,
        'memory_exhausted',
      )
    }
    const { memory } = this.kernels
    const missing = top - memory.buffer.byteLength
    if (missing > 0) memory.grow(Math.ceil(missing / WASM_PAGE))
    this.#top = top
    return address
  }

  /** Views are made anew, since growing the memory detaches the old ones. */
  floats(address: number, length: number): Float32Array {
    return new Float32Array(this.kernels.memory.buffer, address, length)
  }

  words(address: number, length: number): Uint32Array {
    return new Uint32Array(this.kernels.memory.buffer, address, length)
  }

  bytesAt(address: number, length: number): Uint8Array {
    return new Uint8Array(this.kernels.memory.buffer, address, length)
  }
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`
}
