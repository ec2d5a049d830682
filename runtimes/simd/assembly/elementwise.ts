import { exp4 } from './exp'

/** Four times 88 and four times 1; see exp.ts for why in memory. */
const CONSTANTS = memory.data<f32>([88, 88, 88, 88, 1, 1, 1, 1])

/** x += y, [count] float32, count a multiple of 4. */
export function add(x: usize, y: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count << 2; i += 16) {
    v128.store(x + i, f32x4.add(v128.load(x + i), v128.load(y + i)))
  }
}

/**
 * The feed-forward's gate: out = silu(gate) · up with silu(x) = x / (1 + e^-x). Shazeer 2020, "GLU Variants Improve
 * Transformer".
 *
 * @param gate, up, out  [rows, width] float32, rows `stride` bytes apart; width a multiple of 4
 */
export function swiglu(gate: usize, up: usize, out: usize, rows: i32, width: i32, stride: usize): void {
  for (let row = 0; row < rows; row++) {
    for (let i: usize = 0; i < <usize>width << 2; i += 16) {
      const x = v128.load(gate + i)
      // e^-x overflows for x < -88, where silu is 0 to every digit.
      const e = exp4(f32x4.pmin(f32x4.neg(x), v128.load(CONSTANTS)))
      const silu = f32x4.div(x, f32x4.add(v128.load(CONSTANTS, 16), e))
      v128.store(out + i, f32x4.mul(silu, v128.load(up + i)))
    }
    gate += stride
    up += stride
    out += stride
  }
}
