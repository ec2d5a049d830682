import { GROUP_BLOCK_BYTES, storeGroup } from './layout'

/**
 * Products by `i32x4.dot_i16x8_s`, eight multiply-adds an instruction, for engines and processors where the relaxed one
 * is missing or slow (plane-product.ts). The same integers, so the same bits.
 *
 * @param weights      see layout.ts; rows a multiple of 16
 * @param corrections  [rows] float32, 8192 · Σ w d of each row
 * @param u            [count, 32 · blocks] int16, the activations
 * @param scales       [count] float32
 * @param out          [count, rows] float32, rows `stride` bytes apart
 * @param wide         scratch of 1024 · blocks bytes
 */
export function productWide(
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
  for (let row = 0; row < rows; row += 16) {
    if (count === 1) oneRow(weights, corrections, u, scales, out, blocks)
    else {
      widen(weights, wide, blocks)
      manyRows(weights, corrections, u, scales, count, out, stride, blocks, wide)
      manyRows(weights + 32, corrections + 32, u, scales, count, out + 32, stride, blocks, wide + 32)
    }
    weights += groupBytes
    corrections += 64
    out += 64
  }
}

/** A group times one row of activations: limited by memory for large matrices, so bytes are widened on their way in. */
// @ts-ignore: decorator
@inline
function oneRow(w: usize, corrections: usize, x: usize, scales: usize, out: usize, blocks: i32): void {
  let s0 = f32x4.splat(0)
  let s1 = f32x4.splat(0)
  let s2 = f32x4.splat(0)
  let s3 = f32x4.splat(0)
  for (const end = x + (<usize>blocks << 6); x < end; ) {
    // Lanes: two rows by two halves of four inputs.
    let a0 = i32x4.splat(0)
    let a1 = i32x4.splat(0)
    let a2 = i32x4.splat(0)
    let a3 = i32x4.splat(0)
    let b0 = i32x4.splat(0)
    let b1 = i32x4.splat(0)
    let b2 = i32x4.splat(0)
    let b3 = i32x4.splat(0)
    const stop = x + 64
    do {
      const y = v128.load64_splat(x)
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load8x8_s(w), y))
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(v128.load8x8_s(w, 8), y))
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load8x8_s(w, 16), y))
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(v128.load8x8_s(w, 24), y))
      a2 = i32x4.add(a2, i32x4.dot_i16x8_s(v128.load8x8_s(w, 32), y))
      b2 = i32x4.add(b2, i32x4.dot_i16x8_s(v128.load8x8_s(w, 40), y))
      a3 = i32x4.add(a3, i32x4.dot_i16x8_s(v128.load8x8_s(w, 48), y))
      b3 = i32x4.add(b3, i32x4.dot_i16x8_s(v128.load8x8_s(w, 56), y))
      x += 8
      w += 64
    } while (x < stop)
    s0 = f32x4.add(s0, f32x4.mul(addHalves(a0, b0), v128.load(w)))
    s1 = f32x4.add(s1, f32x4.mul(addHalves(a1, b1), v128.load(w, 16)))
    s2 = f32x4.add(s2, f32x4.mul(addHalves(a2, b2), v128.load(w, 32)))
    s3 = f32x4.add(s3, f32x4.mul(addHalves(a3, b3), v128.load(w, 48)))
    w += 64
  }
  const scale = v128.load32_splat(scales)
  storeGroup(s0, s1, s2, s3, corrections, scale, out)
}

// @ts-ignore: decorator
@inline
function addHalves(a: v128, b: v128): v128 {
  const sum = i32x4.add(v128.shuffle<i32>(a, b, 0, 2, 4, 6), v128.shuffle<i32>(a, b, 1, 3, 5, 7))
  return f32x4.convert_i32x4_s(sum)
}

/** A group's weights as int16, [block][input / 2][row][input % 2], 1024 bytes a block. */
// @ts-ignore: decorator
@inline
function widen(weights: usize, wide: usize, blocks: i32): void {
  for (let block = 0; block < blocks; block++) {
    for (const end = wide + 1024; wide < end; wide += 128) {
      for (let i: usize = 0; i < 64; i += 16) {
        const bytes = v128.load(weights + i)
        const low = i16x8.extend_low_i8x16_s(bytes)
        const high = i16x8.extend_high_i8x16_s(bytes)
        v128.store(wide + i, v128.shuffle<i32>(low, high, 0, 2, 4, 6))
        v128.store(wide + i, v128.shuffle<i32>(low, high, 1, 3, 5, 7), 64)
      }
      weights += 64
    }
    weights += 64
  }
}

/** Eight rows of a widened group times many rows of activations, two at a time. */
// @ts-ignore: decorator
@inline
function manyRows(
  weights: usize,
  corrections: usize,
  u: usize,
  scales: usize,
  count: i32,
  out: usize,
  stride: usize,
  blocks: i32,
  wide: usize,
): void {
  const rowBytes = <usize>blocks << 6
  const c = v128.load(corrections)
  const c2 = v128.load(corrections, 16)
  for (let m = 0; m < count; m += 2) {
    let x = u + <usize>m * rowBytes
    // An odd last row is computed twice; the second result is not stored.
    const paired = m + 1 < count
    const apart = paired ? rowBytes : 0
    let d = weights + 512
    let w = wide
    let sx = f32x4.splat(0)
    let sx2 = f32x4.splat(0)
    let sy = f32x4.splat(0)
    let sy2 = f32x4.splat(0)
    for (const end = x + rowBytes; x < end; ) {
      let tx = i32x4.splat(0)
      let tx2 = i32x4.splat(0)
      let ty = i32x4.splat(0)
      let ty2 = i32x4.splat(0)
      const stop = x + 64
      do {
        let a = v128.load32_splat(x)
        let b = v128.load32_splat(x + apart)
        let p = v128.load(w)
        let q = v128.load(w, 16)
        tx = i32x4.add(tx, i32x4.dot_i16x8_s(p, a))
        tx2 = i32x4.add(tx2, i32x4.dot_i16x8_s(q, a))
        ty = i32x4.add(ty, i32x4.dot_i16x8_s(p, b))
        ty2 = i32x4.add(ty2, i32x4.dot_i16x8_s(q, b))
        a = v128.load32_splat(x, 4)
        b = v128.load32_splat(x + apart, 4)
        p = v128.load(w, 64)
        q = v128.load(w, 80)
        tx = i32x4.add(tx, i32x4.dot_i16x8_s(p, a))
        tx2 = i32x4.add(tx2, i32x4.dot_i16x8_s(q, a))
        ty = i32x4.add(ty, i32x4.dot_i16x8_s(p, b))
        ty2 = i32x4.add(ty2, i32x4.dot_i16x8_s(q, b))
        x += 8
        w += 128
      } while (x < stop)
      const d1 = v128.load(d)
      const d2 = v128.load(d, 16)
      d += GROUP_BLOCK_BYTES
      sx = f32x4.add(sx, f32x4.mul(f32x4.convert_i32x4_s(tx), d1))
      sx2 = f32x4.add(sx2, f32x4.mul(f32x4.convert_i32x4_s(tx2), d2))
      sy = f32x4.add(sy, f32x4.mul(f32x4.convert_i32x4_s(ty), d1))
      sy2 = f32x4.add(sy2, f32x4.mul(f32x4.convert_i32x4_s(ty2), d2))
    }
    let scale = v128.load32_splat(scales + (<usize>m << 2))
    const to = out + <usize>m * stride
    v128.store(to, f32x4.mul(f32x4.sub(sx, c), scale))
    v128.store(to, f32x4.mul(f32x4.sub(sx2, c2), scale), 16)
    if (paired) {
      scale = v128.load32_splat(scales + (<usize>m << 2), 4)
      v128.store(to + stride, f32x4.mul(f32x4.sub(sy, c), scale))
      v128.store(to + stride, f32x4.mul(f32x4.sub(sy2, c2), scale), 16)
    }
  }
}
