import { LARGEST, OFFSET } from './layout'

/**
 * Rounds rows of activations to whole numbers u with one scale a row: x ≈ scale · (u - 8192), scale = max |x| / 8191.
 *
 * @param x       [rows, width] float32; width a multiple of 32, the padding is zero
 * @param u       [rows, width] int16
 * @param scales  [rows] float32
 */
export function quantizeRows(x: usize, u: usize, scales: usize, rows: i32, width: i32): void {
  const offset = i32x4.splat(<i32>OFFSET)
  for (let row = 0; row < rows; row++) {
    let largest = f32x4.splat(0)
    for (let i: usize = 0; i < <usize>width << 2; i += 16) {
      largest = f32x4.max(largest, f32x4.abs(v128.load(x + i)))
    }
    const max = Mathf.max(
      Mathf.max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
      Mathf.max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
    )
    store<f32>(scales, max / LARGEST)
    scales += 4

    // A row of zeros needs no scale, and a scale of zero must not divide.
    const factor = f32x4.splat(max > 0 ? LARGEST / max : 0)
    for (let i = 0; i < width; i += 8) {
      const a = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x), factor)))
      const b = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 16), factor)))
      v128.store(u, i16x8.narrow_i32x4_s(i32x4.add(a, offset), i32x4.add(b, offset)))
      x += 32
      u += 16
    }
  }
}
