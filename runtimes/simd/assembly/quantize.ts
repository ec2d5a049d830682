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
  // Positive floats are ordered as their bits are, and nothing is above NaN.
  let largest = i32x4.splat(0)
  let largest2 = i32x4.splat(0)
  for (const end = x + (<usize>width << 2); x < end; x += 32) {
    largest = i32x4.max_s(largest, f32x4.abs(v128.load(x)))
    largest2 = i32x4.max_s(largest2, f32x4.abs(v128.load(x, 16)))
  }
  largest = i32x4.max_s(largest, largest2)
  largest = i32x4.max_s(largest, v128.shuffle<i32>(largest, largest, 2, 3, 0, 1))
  largest = i32x4.max_s(largest, v128.shuffle<i32>(largest, largest, 1, 0, 3, 2))
  const max = f32x4.extract_lane(largest, 0)
  store<f32>(scale, max / LARGEST)
  // A row of zeros needs no scale, and a scale of zero must not divide.
  return f32x4.splat(max > 0 ? LARGEST / max : 0)
}

/** u of eight numbers. Next to 1.5 · 2^23 floats are whole numbers: adding it rounds, and leaves u in the last 14 bits. */
// @ts-ignore: decorator
@inline
function round(x: usize, factor: v128): v128 {
  const magic = f32x4.splat(12582912 + OFFSET)
  const last = i32x4.splat(0x3fff)
  const a = v128.and(f32x4.add(f32x4.mul(v128.load(x), factor), magic), last)
  const b = v128.and(f32x4.add(f32x4.mul(v128.load(x, 16), factor), magic), last)
  return i16x8.narrow_i32x4_s(a, b)
}
