import type { Arena } from './arena.ts'
import type { Kernels } from './kernels.ts'
import type { Matrix } from './matrix.ts'
import { type Int8Products, int8Products } from './products.ts'

/**
 * Rows of activations on their way into matrix products: as float32, and rounded to 14 bits for int8 matrices. Rounded
 * once for all products that share them.
 */
export class Activations {
  readonly #kernels: Kernels
  readonly #int8: Int8Products
  readonly #u: number
  readonly #scales: number
  readonly #wide: number
  #x = 0
  #stride = 0
  #count = 0

  /** @param width  widest row, a multiple of 32 */
  constructor(arena: Arena, maxRows: number, width: number) {
    this.#kernels = arena.kernels
    this.#int8 = int8Products(arena.kernels)
    this.#u = arena.allocate(maxRows * width * 2)
    this.#scales = arena.allocate(maxRows * 4)
    this.#wide = arena.allocate((width / 32) * 1024)
  }

  /**
   * Takes rows to multiply by.
   *
   * @param x      [count, width] float32, one row right after another
   * @param width  a multiple of 32
   */
  load(x: number, count: number, width: number): void {
    this.#x = x
    this.#stride = width * 4
    this.#count = count
    this.#int8.quantize(x, this.#u, this.#scales, count, width)
  }

  /** out = x · matrixᵀ, rows of `out` being `stride` bytes apart. */
  multiply(matrix: Matrix, out: number, stride: number): void {
    const kernels = this.#kernels
    const { weights, rows } = matrix
    if (matrix.kind === 'float') {
      kernels.productFloat(
        weights,
        this.#x,
        this.#stride,
        this.#count,
        out,
        stride,
        rows,
        matrix.inputs,
      )
    } else {
      const { corrections, blocks } = matrix
      const { multiply } = this.#int8
      multiply(
        weights,
        corrections,
        this.#u,
        this.#scales,
        this.#count,
        out,
        stride,
        rows,
        blocks,
        this.#wide,
      )
    }
  }
}
