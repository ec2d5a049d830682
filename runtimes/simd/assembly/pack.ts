import { BLOCK, GROUP_BLOCK_BYTES, OFFSET } from './layout'

/**
 * Puts one row of an int8 matrix into its place (see layout.ts) and computes its correction.
 *
 * @param source   `blocks` blocks of a GGUF row: Q8_0 has a float16 scale and 32 int8, Q4_0 a scale and 16 bytes of
 *                 nibbles (the low ones are inputs 0…15), whose values are nibble - 8
 * @param bits     8 or 4
 * @param target   the matrix
 * @param row      the row's number
 * @param stride   blocks of a row of the target; at least `blocks`, the rest stays zero
 */
export function packInt8(
  source: usize,
  bits: i32,
  target: usize,
  corrections: usize,
  row: i32,
  blocks: i32,
  stride: i32,
): void {
  let to = target + <usize>(row >> 2) * <usize>stride * GROUP_BLOCK_BYTES
  const lane = <usize>(row & 3) << 2
  let correction: f64 = 0
  for (let block = 0; block < blocks; block++) {
    const scale = halfToFloat(load<u16>(source))
    let sum = 0
    for (let i = 0; i < BLOCK; i++) {
      let weight: i32
      if (bits === 8) {
        weight = load<i8>(source + 2 + <usize>i)
      } else {
        const pair = <i32>load<u8>(source + 2 + <usize>(i & 15))
        weight = (i < 16 ? pair & 15 : pair >> 4) - 8
      }
      sum += weight
      store<i8>(to + (<usize>(i >> 2) << 4) + lane + <usize>(i & 3), <i8>weight)
    }
    store<f32>(to + 128 + lane, scale)
    correction += <f64>scale * <f64>sum
    source += bits === 8 ? 34 : 18
    to += GROUP_BLOCK_BYTES
  }
  store<f32>(corrections + (<usize>row << 2), <f32>(correction * <f64>OFFSET))
}

/** Puts one float32 row into a float matrix, [row / 8][input][row % 8]. */
export function packFloat(source: usize, target: usize, row: i32, inputs: i32, stride: i32): void {
  let to = target + (<usize>(row >> 3) * <usize>stride << 5) + (<usize>(row & 7) << 2)
  for (let i = 0; i < inputs; i++) {
    store<f32>(to, load<f32>(source))
    source += 4
    to += 32
  }
}

/** The same from float16. */
export function packHalf(source: usize, target: usize, row: i32, inputs: i32, stride: i32): void {
  let to = target + (<usize>(row >> 3) * <usize>stride << 5) + (<usize>(row & 7) << 2)
  for (let i = 0; i < inputs; i++) {
    store<f32>(to, halfToFloat(load<u16>(source)))
    source += 2
    to += 32
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
