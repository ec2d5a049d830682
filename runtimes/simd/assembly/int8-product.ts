import { GROUP_BLOCK_BYTES } from './layout'

/**
 * One row of activations times a matrix: decoding. Limited by memory for large matrices, by multiplications for small.
 *
 * out[r] = scale · (Σ over blocks of d[r, block] · Σ w u  -  8192 Σ w d): integers within a block, float32 between.
 *
 * @param weights      as in layout.ts; rows a multiple of 8
 * @param corrections  [rows] float32, 8192 · Σ w d of each row
 * @param u            [32 · blocks] int16, the activations
 * @param scale        the activations' scale
 * @param out          [rows] float32
 */
export function productOneRow(
  weights: usize,
  corrections: usize,
  u: usize,
  scale: f32,
  out: usize,
  rows: i32,
  blocks: i32,
): void {
  const groupBytes = <usize>blocks * GROUP_BLOCK_BYTES
  const scales = f32x4.splat(scale)
  const end = u + (<usize>blocks << 6)
  for (let row = 0; row < rows; row += 8) {
    let w = weights
    let w2 = weights + groupBytes
    let sum = f32x4.splat(0)
    let sum2 = f32x4.splat(0)
    for (let x = u; x < end; x += 64) {
      // Lanes: two rows by two halves of four inputs; rows 0 and 1 in `low`, 2 and 3 in `high`.
      let low = i32x4.splat(0)
      let high = i32x4.splat(0)
      let low2 = i32x4.splat(0)
      let high2 = i32x4.splat(0)
      let a: v128
      a = v128.load64_splat(x)
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.load8x8_s(w), a))
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.load8x8_s(w, 8), a))
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(v128.load8x8_s(w2), a))
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 8), a))
      a = v128.load64_splat(x, 8)
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.load8x8_s(w, 16), a))
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.load8x8_s(w, 24), a))
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 16), a))
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 24), a))
      a = v128.load64_splat(x, 16)
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.load8x8_s(w, 32), a))
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.load8x8_s(w, 40), a))
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 32), a))
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 40), a))
      a = v128.load64_splat(x, 24)
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.load8x8_s(w, 48), a))
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.load8x8_s(w, 56), a))
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 48), a))
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 56), a))
      a = v128.load64_splat(x, 32)
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.load8x8_s(w, 64), a))
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.load8x8_s(w, 72), a))
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 64), a))
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 72), a))
      a = v128.load64_splat(x, 40)
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.load8x8_s(w, 80), a))
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.load8x8_s(w, 88), a))
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 80), a))
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 88), a))
      a = v128.load64_splat(x, 48)
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.load8x8_s(w, 96), a))
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.load8x8_s(w, 104), a))
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 96), a))
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 104), a))
      a = v128.load64_splat(x, 56)
      low = i32x4.add(low, i32x4.dot_i16x8_s(v128.load8x8_s(w, 112), a))
      high = i32x4.add(high, i32x4.dot_i16x8_s(v128.load8x8_s(w, 120), a))
      low2 = i32x4.add(low2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 112), a))
      high2 = i32x4.add(high2, i32x4.dot_i16x8_s(v128.load8x8_s(w2, 120), a))
      sum = f32x4.add(sum, f32x4.mul(f32x4.convert_i32x4_s(addHalves(low, high)), v128.load(w, 128)))
      sum2 = f32x4.add(sum2, f32x4.mul(f32x4.convert_i32x4_s(addHalves(low2, high2)), v128.load(w2, 128)))
      w += GROUP_BLOCK_BYTES
      w2 += GROUP_BLOCK_BYTES
    }
    v128.store(out, f32x4.mul(f32x4.sub(sum, v128.load(corrections)), scales))
    v128.store(out, f32x4.mul(f32x4.sub(sum2, v128.load(corrections, 16)), scales), 16)
    weights += groupBytes << 1
    corrections += 32
    out += 32
  }
}

// @ts-ignore: decorator
@inline
function addHalves(low: v128, high: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(low, high, 0, 2, 4, 6), v128.shuffle<i32>(low, high, 1, 3, 5, 7))
}

/** Widens a group of four rows to int16: [input / 2][row][input % 2], sixteen vectors a block. */
function widenGroup(weights: usize, wide: usize, blocks: i32): void {
  for (let block = 0; block < blocks; block++) {
    for (let i: usize = 0; i < 128; i += 16) {
      const bytes = v128.load(weights + i)
      const low = i16x8.extend_low_i8x16_s(bytes)
      const high = i16x8.extend_high_i8x16_s(bytes)
      v128.store(wide, v128.shuffle<i32>(low, high, 0, 2, 4, 6))
      v128.store(wide, v128.shuffle<i32>(low, high, 1, 3, 5, 7), 16)
      wide += 32
    }
    weights += GROUP_BLOCK_BYTES
  }
}

/**
 * Many rows of activations times a matrix: prefill, verification, beams, batches. Eight rows of the matrix are widened to
 * 16 bits once and then meet the activations two rows at a time, so that k rows cost well under k passes.
 *
 * @param u       [count, 32 · blocks] int16
 * @param scales  [count] float32
 * @param out     [count, stride] float32; `stride` in bytes
 * @param wide    scratch of 512 · blocks bytes
 */
export function productManyRows(
  weights: usize,
  corrections: usize,
  u: usize,
  scales: usize,
  count: i32,
  out: usize,
  stride: usize,
  rows: i32,
  blocks: i32,
  wide: usize,
): void {
  const groupBytes = <usize>blocks * GROUP_BLOCK_BYTES
  const wideBytes = <usize>blocks << 8
  const rowBytes = <usize>blocks << 6
  for (let row = 0; row < rows; row += 8) {
    widenGroup(weights, wide, blocks)
    widenGroup(weights + groupBytes, wide + wideBytes, blocks)
    for (let m = 0; m < count; m += 2) {
      const x = u + <usize>m * rowBytes
      // An odd last row is computed twice; the second result is not stored.
      const paired = m + 1 < count
      const y = paired ? x + rowBytes : x
      let d = weights + 128
      let w = wide
      let sumX = f32x4.splat(0)
      let sumX2 = f32x4.splat(0)
      let sumY = f32x4.splat(0)
      let sumY2 = f32x4.splat(0)
      for (let at: usize = 0; at < rowBytes; at += 64) {
        let tx = i32x4.splat(0)
        let tx2 = i32x4.splat(0)
        let ty = i32x4.splat(0)
        let ty2 = i32x4.splat(0)
        for (let i: usize = 0; i < 64; i += 16) {
          const wi = w + (i << 2)
          const xi = x + at + i
          const yi = y + at + i
          let a = v128.load32_splat(xi)
          let b = v128.load32_splat(yi)
          let p = v128.load(wi)
          let q = v128.load(wi + wideBytes)
          tx = i32x4.add(tx, i32x4.dot_i16x8_s(p, a))
          tx2 = i32x4.add(tx2, i32x4.dot_i16x8_s(q, a))
          ty = i32x4.add(ty, i32x4.dot_i16x8_s(p, b))
          ty2 = i32x4.add(ty2, i32x4.dot_i16x8_s(q, b))
          a = v128.load32_splat(xi, 4)
          b = v128.load32_splat(yi, 4)
          p = v128.load(wi, 16)
          q = v128.load(wi + wideBytes, 16)
          tx = i32x4.add(tx, i32x4.dot_i16x8_s(p, a))
          tx2 = i32x4.add(tx2, i32x4.dot_i16x8_s(q, a))
          ty = i32x4.add(ty, i32x4.dot_i16x8_s(p, b))
          ty2 = i32x4.add(ty2, i32x4.dot_i16x8_s(q, b))
          a = v128.load32_splat(xi, 8)
          b = v128.load32_splat(yi, 8)
          p = v128.load(wi, 32)
          q = v128.load(wi + wideBytes, 32)
          tx = i32x4.add(tx, i32x4.dot_i16x8_s(p, a))
          tx2 = i32x4.add(tx2, i32x4.dot_i16x8_s(q, a))
          ty = i32x4.add(ty, i32x4.dot_i16x8_s(p, b))
          ty2 = i32x4.add(ty2, i32x4.dot_i16x8_s(q, b))
          a = v128.load32_splat(xi, 12)
          b = v128.load32_splat(yi, 12)
          p = v128.load(wi, 48)
          q = v128.load(wi + wideBytes, 48)
          tx = i32x4.add(tx, i32x4.dot_i16x8_s(p, a))
          tx2 = i32x4.add(tx2, i32x4.dot_i16x8_s(q, a))
          ty = i32x4.add(ty, i32x4.dot_i16x8_s(p, b))
          ty2 = i32x4.add(ty2, i32x4.dot_i16x8_s(q, b))
        }
        w += 256
        const d1 = v128.load(d)
        const d2 = v128.load(d + groupBytes)
        d += GROUP_BLOCK_BYTES
        sumX = f32x4.add(sumX, f32x4.mul(f32x4.convert_i32x4_s(tx), d1))
        sumX2 = f32x4.add(sumX2, f32x4.mul(f32x4.convert_i32x4_s(tx2), d2))
        sumY = f32x4.add(sumY, f32x4.mul(f32x4.convert_i32x4_s(ty), d1))
        sumY2 = f32x4.add(sumY2, f32x4.mul(f32x4.convert_i32x4_s(ty2), d2))
      }
      const c1 = v128.load(corrections)
      const c2 = v128.load(corrections, 16)
      const to = out + <usize>m * stride
      const sx = v128.load32_splat(scales + (<usize>m << 2))
      v128.store(to, f32x4.mul(f32x4.sub(sumX, c1), sx))
      v128.store(to, f32x4.mul(f32x4.sub(sumX2, c2), sx), 16)
      if (paired) {
        const sy = v128.load32_splat(scales + (<usize>m << 2), 4)
        v128.store(to + stride, f32x4.mul(f32x4.sub(sumY, c1), sy))
        v128.store(to + stride, f32x4.mul(f32x4.sub(sumY2, c2), sy), 16)
      }
    }
    weights += groupBytes << 1
    corrections += 32
    out += 32
  }
}
