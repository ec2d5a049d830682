import { GROUP_BLOCK_BYTES, OFFSET, WEIGHT_BYTES } from './layout'

/**
 * Puts rows of an int8 matrix into their places (see layout.ts) and computes their corrections.
 *
 * @param source   `count` rows of a GGUF, of `blocks` blocks: Q8_0 has a float16 scale and 32 int8, Q4_0 a scale and 16
 *                 bytes of nibbles (the low ones are inputs 0…15), whose values are nibble - 8
 * @param bits     8 or 4
 * @param target   the matrix
 * @param row      the first row's number
 */
export function packInt8(
  source: usize,
  bits: i32,
  target: usize,
  corrections: usize,
  row: i32,
  count: i32,
  blocks: i32,
): void {
  for (const end = row + count; row < end; row++) {
    let to = target + <usize>(row >> 4) * <usize>blocks * GROUP_BLOCK_BYTES + (<usize>(row & 15) << 2)
    let correction: f64 = 0
    for (let block = 0; block < blocks; block++) {
      const scale = halfToFloat(load<u16>(source))
      source += 2
      let low = v128.load(source)
      let high: v128
      if (bits === 8) {
        high = v128.load(source, 16)
        source += 32
      } else {
        const eight = i8x16.splat(8)
        high = i8x16.sub(i8x16.shr_u(low, 4), eight)
        low = i8x16.sub(v128.and(low, i8x16.splat(15)), eight)
        source += 16
      }
      put(low, to)
      put(high, to + WEIGHT_BYTES / 2)
      store<f32>(to, scale, WEIGHT_BYTES)
      correction += <f64>scale * <f64>sumOf(low, high)
      to += GROUP_BLOCK_BYTES
    }
    store<f32>(corrections + (<usize>row << 2), <f32>(correction * <f64>OFFSET))
  }
}

/** Puts sixteen inputs of a row into place, by fours. */
// @ts-ignore: decorator
@inline
function put(bytes: v128, to: usize): void {
  v128.store32_lane(to, bytes, 0)
  v128.store32_lane(to, bytes, 1, 64)
  v128.store32_lane(to, bytes, 2, 128)
  v128.store32_lane(to, bytes, 3, 192)
}

// @ts-ignore: decorator
@inline
function sumOf(a: v128, b: v128): i32 {
  const pairs = i16x8.add(i16x8.extadd_pairwise_i8x16_s(a), i16x8.extadd_pairwise_i8x16_s(b))
  const sums = i32x4.extadd_pairwise_i16x8_s(pairs)
  return (
    i32x4.extract_lane(sums, 0) +
    i32x4.extract_lane(sums, 1) +
    (i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3))
  )
}

/**
 * Puts float32 rows into a float matrix, [row / 8][input][row % 8].
 *
 * @param row     the first row's number
 * @param stride  inputs of a row of the target; at least `inputs`, the rest stays zero
 */
export function packFloat(source: usize, target: usize, row: i32, count: i32, inputs: i32, stride: i32): void {
  for (const end = row + count; row < end; row++) {
    let to = target + (<usize>(row >> 3) * <usize>stride << 5) + (<usize>(row & 7) << 2)
    for (let i = 0; i < inputs; i++) {
      store<f32>(to, load<f32>(source))
      source += 4
      to += 32
    }
  }
}

/** The same from float16. */
export function packHalf(source: usize, target: usize, row: i32, count: i32, inputs: i32, stride: i32): void {
  for (const end = row + count; row < end; row++) {
    let to = target + (<usize>(row >> 3) * <usize>stride << 5) + (<usize>(row & 7) << 2)
    for (let i = 0; i < inputs; i++) {
      store<f32>(to, halfToFloat(load<u16>(source)))
      source += 2
      to += 32
    }
  }
}

/** IEEE half precision to single: exact, subnormals, infinities and NaN included. */
export function halfToFloat(half: u16): f32 {
  const sign = (<u32>half & 0x8000) << 16
  const exponent = (<u32>half >> 10) & 31
  const fraction = <u32>half & 0x3ff
  if (exponent === 0) {
    const value = <f32>fraction * 5.9604644775390625e-8 // 2^-24
    return sign ? -value : value
  }
  const bits = exponent === 31 ? 0x7f800000 : (exponent + 112) << 23
  return reinterpret<f32>(sign | bits | (fraction << 13))
}
