import { LARGEST, OFFSET } from './layout'

/**
 * Rounds rows of activations to whole numbers u with one scale a row: x ≈ scale · (u - 8192), scale = max |x| / 8191.
 *
 * @param x       [rows, width] float32; width a multiple of 32, the padding is zero
 * @param u       [rows, width] int16
 * @param scales  [rows] float32
 */
export function quantizeWide(x: usize, u: usize, scales: usize, rows: i32, width: i32): void {
  for (let row = 0; row < rows; row++) {
    const factor = scaleOf(x, width, scales + (<usize>row << 2))
    for (const end = x + (<usize>width << 2); x < end; x += 32) {
      v128.store(u, round(x, factor))
      u += 16
    }
  }
}

/** The same as two planes: of each 32 numbers u = 128 h + l first all h, then all l, in bytes of 0…127. */
export function quantizePlanes(x: usize, planes: usize, scales: usize, rows: i32, width: i32): void {
  const low = i16x8.splat(127)
  for (let row = 0; row < rows; row++) {
    const factor = scaleOf(x, width, scales + (<usize>row << 2))
    for (const end = x + (<usize>width << 2); x < end; x += 128) {
      for (let half: usize = 0; half < 32; half += 16) {
        const a = round(x + (half << 2), factor)
        const b = round(x + (half << 2) + 32, factor)
        v128.store(planes + half, i8x16.narrow_i16x8_u(i16x8.shr_u(a, 7), i16x8.shr_u(b, 7)))
        v128.store(planes + half, i8x16.narrow_i16x8_u(v128.and(a, low), v128.and(b, low)), 32)
      }
      planes += 64
    }
  }
}

/** Stores a row's scale. @returns what its numbers are to be multiplied by */
// @ts-ignore: decorator
@inline
function scaleOf(x: usize, width: i32, scale: usize): v128 {
  let largest = f32x4.splat(0)
  let largest2 = f32x4.splat(0)
  for (let i: usize = 0; i < <usize>width << 2; i += 32) {
    largest = f32x4.max(largest, f32x4.abs(v128.load(x + i)))
    largest2 = f32x4.max(largest2, f32x4.abs(v128.load(x + i, 16)))
  }
  largest = f32x4.max(largest, largest2)
  const max = Mathf.max(
    Mathf.max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    Mathf.max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  )
  store<f32>(scale, max / LARGEST)
  // A row of zeros needs no scale, and a scale of zero must not divide.
  return f32x4.splat(max > 0 ? LARGEST / max : 0)
}

/** u of eight numbers. */
// @ts-ignore: decorator
@inline
function round(x: usize, factor: v128): v128 {
  const a = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x), factor)))
  const b = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(x, 16), factor)))
  return i16x8.add(i16x8.narrow_i32x4_s(a, b), i16x8.splat(<i16>OFFSET))
}
