import { storeGroup } from './layout'

/**
 * Products by `i32x4.relaxed_dot_i8x16_i7x16_add_s`: sixteen multiply-adds in one instruction, if its second operand lies
 * in 0…127. So activations come as two planes of 7 bits, u = 128 h + l, which share each load of weights.
 */

/**
 * Rows of activations times a matrix (see layout.ts), in prefill and decoding.
 *
 * @param weights      rows a multiple of 16
 * @param corrections  [rows] float32, 8192 · Σ w d of each row
 * @param planes       [count, blocks] of 32 bytes h and 32 bytes l
 * @param scales       [count] float32
 * @param out          [count, rows] float32, rows `stride` bytes apart
 */
export function productPlanes(
  weights: usize,
  corrections: usize,
  planes: usize,
  scales: usize,
  count: i32,
  out: usize,
  stride: usize,
  rows: i32,
  blocks: i32,
): void {
  const rowBytes = <usize>blocks << 6
  let w = weights
  for (let row = 0; row < rows; row += 16) {
    // A group of weights stays in the fastest cache while all rows of activations meet it.
    const group = w
    let to = out
    let x = planes
    for (let m = 0; m < count; m++) {
      w = group
      let s0 = f32x4.splat(0)
      let s1 = f32x4.splat(0)
      let s2 = f32x4.splat(0)
      let s3 = f32x4.splat(0)
      const end = x + rowBytes
      do {
        let h0 = i32x4.splat(0)
        let h1 = i32x4.splat(0)
        let h2 = i32x4.splat(0)
        let h3 = i32x4.splat(0)
        let l0 = i32x4.splat(0)
        let l1 = i32x4.splat(0)
        let l2 = i32x4.splat(0)
        let l3 = i32x4.splat(0)
        // Four inputs a turn. Unrolled further, the eight sums don't stay in registers.
        const stop = x + 32
        do {
          const h = v128.load32_splat(x)
          const l = v128.load32_splat(x, 32)
          let p = v128.load(w)
          h0 = dot(p, h, h0)
          l0 = dot(p, l, l0)
          p = v128.load(w, 16)
          h1 = dot(p, h, h1)
          l1 = dot(p, l, l1)
          p = v128.load(w, 32)
          h2 = dot(p, h, h2)
          l2 = dot(p, l, l2)
          p = v128.load(w, 48)
          h3 = dot(p, h, h3)
          l3 = dot(p, l, l3)
          x += 4
          w += 64
        } while (x < stop)
        s0 = f32x4.add(s0, f32x4.mul(join(h0, l0), v128.load(w)))
        s1 = f32x4.add(s1, f32x4.mul(join(h1, l1), v128.load(w, 16)))
        s2 = f32x4.add(s2, f32x4.mul(join(h2, l2), v128.load(w, 32)))
        s3 = f32x4.add(s3, f32x4.mul(join(h3, l3), v128.load(w, 48)))
        x += 32
        w += 64
      } while (x < end)
      const scale = v128.load32_splat(scales + (<usize>m << 2))
      storeGroup(s0, s1, s2, s3, corrections, scale, to)
      to += stride
    }
    corrections += 64
    out += 64
  }
}

// @ts-ignore: decorator
@inline
function dot(weights: v128, plane: v128, sum: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, plane, sum)
}

/** 128 h + l as float32: exact below 2^24, rounded once beyond, as the same integer is in every kernel. */
// @ts-ignore: decorator
@inline
function join(h: v128, l: v128): v128 {
  return f32x4.convert_i32x4_s(i32x4.add(i32x4.shl(h, 7), l))
}

/**
 * One lane of a dot product of bytes a and b. For b beyond 127 it tells which instruction computes it: see
 * ../products.ts.
 */
export function probeDot(a: i32, b: i32): i32 {
  return i32x4.extract_lane(dot(i8x16.splat(<i8>a), i8x16.splat(<i8>b), i32x4.splat(0)), 0)
}
