import type { Arena } from './arena.ts'
import { hasRelaxedSimd } from './kernels.ts'

const ROWS = 256
const BLOCKS = 8
const TRIES = 40

/**
 * Whether products of one row are faster with relaxed SIMD's dot product: on processors that multiply int8 by uint8 in
 * one instruction they are, on others by far not. Measured, as no page can ask which processor it is on; a quarter of a
 * millisecond. Both kernels make the same bits, so the choice shows in nothing but speed. Where clocks stand still while
 * code computes (edge workers in production), nothing is measured and the plain one is used.
 */
export function chooseProduct(arena: Arena): boolean {
  if (!hasRelaxedSimd()) return false
  const { kernels } = arena
  const weights = arena.allocate((ROWS / 4) * BLOCKS * 144)
  const corrections = arena.allocate(ROWS * 4)
  const activations = arena.allocate(BLOCKS * 64)
  const out = arena.allocate(ROWS * 4)
  const time = (product: typeof kernels.productOneRow): number => {
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 4; round++) {
      const start = performance.now()
      for (let i = 0; i < TRIES; i++)
        product(weights, corrections, activations, 1, out, ROWS, BLOCKS)
      best = Math.min(best, performance.now() - start)
    }
    return best
  }
  return time(kernels.productOneRowRelaxed) < time(kernels.productOneRow)
}
