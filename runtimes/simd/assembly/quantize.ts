import { LARGEST, OFFSET } from './layout'

/**
 * Rounds rows of activations to whole numbers u with one scale a row: x ≈ scale · (u - 8192), scale = max |x| / 8191.
 *
 * Written twice, as the products want them: `u` as 16-bit numbers, and as two planes of 7 bits, u = 128 h + l, in groups
 * of four h and four l.
 *
 * @param x       [rows, width] float32; width a multiple of 32, the padding is zero
 * @param u       [rows, width] int16
 * @param planes  [rows, width / 4, 2, 4] uint8, each 0…127; 0 for none
 * @param scales  [rows] float32
 */
export function quantizeRows(x: usize, u: usize, planes: usize, scales: usize, rows: i32, width: i32): void {
  for (let row = 0; row < rows; row++) {
    let largest = f32x4.splat(0)
    for (let i: usize = 0; i < <usize>width << 2; i += 16) {
      largest = f32x4.max(largest, f32x4.abs(v128.load(x + i)))
    }
    const max = Mathf.max(
      Mathf.max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
      Mathf.max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
    )
    // A row of zeros needs no scale, and a scale of zero must not divide.
    const inverse: f32 = max > 0 ? LARGEST / max : 0
    store<f32>(scales, max / LARGEST)
    scales += 4

    const factor = f32x4.splat(inverse)
    const offset = i32x4.splat(<i32>OFFSET)
    for (let i = 0; i < width; i += 16) {
      const a = i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x), factor))), offset)
      const b = i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 16), factor))), offset)
      const c = i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 32), factor))), offset)
      const d = i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 48), factor))), offset)
      const ab = i16x8.narrow_i32x4_s(a, b)
      const cd = i16x8.narrow_i32x4_s(c, d)
      v128.store(u, ab)
      v128.store(u, cd, 16)
      x += 64
      u += 32
      if (!planes) continue
      const h = i8x16.narrow_i16x8_u(i16x8.shr_u(ab, 7), i16x8.shr_u(cd, 7))
      const mask = i16x8.splat(127)
      const l = i8x16.narrow_i16x8_u(v128.and(ab, mask), v128.and(cd, mask))
      v128.store(planes, v128.shuffle<i32>(h, l, 0, 4, 1, 5))
      v128.store(planes, v128.shuffle<i32>(h, l, 2, 6, 3, 7), 16)
      planes += 32
    }
  }
}
