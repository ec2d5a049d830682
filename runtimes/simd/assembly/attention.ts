import { exp4 } from './exp'

/**
 * Keys and values live in pages of 16 positions. In a page, one layer's one head has
 *
 *     keys    [4 groups][dim][4 positions] float32: a lane is a position, so scores need no horizontal sums
 *     values  [16 positions][dim] float32
 *
 * A sequence is a list of page addresses, so that sequences may share pages.
 */
const PAGE: i32 = 16

/** Writes one position's key and value of one head. @param page  address of the head's keys in the page; values follow */
export function storeKeyValue(page: usize, slot: i32, key: usize, value: usize, dim: i32): void {
  const keys = page + <usize>(slot >> 2) * (<usize>dim << 4) + (<usize>(slot & 3) << 2)
  for (let i = 0; i < dim; i++) {
    store<f32>(keys + (<usize>i << 4), load<f32>(key + (<usize>i << 2)))
  }
  const values = page + (<usize>dim << 6) + <usize>slot * (<usize>dim << 2)
  memory.copy(values, value, <usize>dim << 2)
}

/**
 * One query's attention over a sequence: softmax(q·K · scale) · V. Sums run over positions one after another, so that a
 * position that is masked out leaves the bits of the rest as they would be without it.
 *
 * @param pages    [⌈length / 16⌉] uint32 addresses of pages
 * @param offset   where this layer's and head's keys begin in a page
 * @param length   positions in the sequence, this query's own included
 * @param mask     one byte for each position from `maskFrom` on, 0 hides it; 0 for none
 * @param scores   scratch, [length rounded up to 16] float32
 * @param out      [dim] float32
 * @param dim      a multiple of 4
 */
export function attend(
  query: usize,
  pages: usize,
  offset: usize,
  length: i32,
  mask: usize,
  maskFrom: i32,
  scores: usize,
  out: usize,
  dim: i32,
  scale: f32,
): void {
  const pageCount = (length + PAGE - 1) >> 4
  const groupBytes = <usize>dim << 4
  const factor = f32x4.splat(scale)

  // Scores, a page at a time: four vectors of four positions.
  let largest = f32x4.splat(-Infinity)
  for (let page = 0; page < pageCount; page++) {
    let k = <usize>load<u32>(pages + (<usize>page << 2)) + offset
    const k2 = k + groupBytes
    let a = f32x4.splat(0)
    let b = f32x4.splat(0)
    let c = f32x4.splat(0)
    let d = f32x4.splat(0)
    for (let i: usize = 0; i < groupBytes; i += 16) {
      const q = v128.load32_splat(query + (i >> 2))
      a = f32x4.add(a, f32x4.mul(q, v128.load(k + i)))
      b = f32x4.add(b, f32x4.mul(q, v128.load(k2 + i)))
      c = f32x4.add(c, f32x4.mul(q, v128.load(k2 + groupBytes + i)))
      d = f32x4.add(d, f32x4.mul(q, v128.load(k2 + (groupBytes << 1) + i)))
    }
    const to = scores + (<usize>page << 6)
    v128.store(to, f32x4.mul(a, factor))
    v128.store(to, f32x4.mul(b, factor), 16)
    v128.store(to, f32x4.mul(c, factor), 32)
    v128.store(to, f32x4.mul(d, factor), 48)
  }
  for (let slot = length; slot < pageCount << 4; slot++) store<f32>(scores + (<usize>slot << 2), -Infinity)
  if (mask) {
    for (let slot = maskFrom; slot < length; slot++) {
      if (!load<u8>(mask + <usize>(slot - maskFrom))) store<f32>(scores + (<usize>slot << 2), -Infinity)
    }
  }
  const scoreBytes = <usize>pageCount << 6
  for (let i: usize = 0; i < scoreBytes; i += 16) largest = f32x4.max(largest, v128.load(scores + i))
  const max = Mathf.max(
    Mathf.max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    Mathf.max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  )

  // Weights; a hidden position's is e^-∞ = 0.
  const shift = f32x4.splat(max)
  for (let i: usize = 0; i < scoreBytes; i += 16) {
    v128.store(scores + i, exp4(f32x4.sub(v128.load(scores + i), shift)))
  }

  // Weighted sum of values, 32 numbers of the head at a time, and the sum of the weights.
  let total: f32 = 0
  for (let slot = 0; slot < length; slot++) total += load<f32>(scores + (<usize>slot << 2))
  const inverse = f32x4.splat(1 / total)
  const rowBytes = <usize>dim << 2
  let at: usize = 0
  for (; at + 128 <= rowBytes; at += 128) {
    let s0 = f32x4.splat(0)
    let s1 = f32x4.splat(0)
    let s2 = f32x4.splat(0)
    let s3 = f32x4.splat(0)
    let s4 = f32x4.splat(0)
    let s5 = f32x4.splat(0)
    let s6 = f32x4.splat(0)
    let s7 = f32x4.splat(0)
    for (let page = 0; page < pageCount; page++) {
      let v = <usize>load<u32>(pages + (<usize>page << 2)) + offset + (<usize>dim << 6) + at
      let p = scores + (<usize>page << 6)
      const end = p + (<usize>min(PAGE, length - (page << 4)) << 2)
      for (; p < end; p += 4) {
        const w = v128.load32_splat(p)
        s0 = f32x4.add(s0, f32x4.mul(w, v128.load(v)))
        s1 = f32x4.add(s1, f32x4.mul(w, v128.load(v, 16)))
        s2 = f32x4.add(s2, f32x4.mul(w, v128.load(v, 32)))
        s3 = f32x4.add(s3, f32x4.mul(w, v128.load(v, 48)))
        s4 = f32x4.add(s4, f32x4.mul(w, v128.load(v, 64)))
        s5 = f32x4.add(s5, f32x4.mul(w, v128.load(v, 80)))
        s6 = f32x4.add(s6, f32x4.mul(w, v128.load(v, 96)))
        s7 = f32x4.add(s7, f32x4.mul(w, v128.load(v, 112)))
        v += rowBytes
      }
    }
    v128.store(out + at, f32x4.mul(s0, inverse))
    v128.store(out + at, f32x4.mul(s1, inverse), 16)
    v128.store(out + at, f32x4.mul(s2, inverse), 32)
    v128.store(out + at, f32x4.mul(s3, inverse), 48)
    v128.store(out + at, f32x4.mul(s4, inverse), 64)
    v128.store(out + at, f32x4.mul(s5, inverse), 80)
    v128.store(out + at, f32x4.mul(s6, inverse), 96)
    v128.store(out + at, f32x4.mul(s7, inverse), 112)
  }
  for (; at < rowBytes; at += 16) {
    let sum = f32x4.splat(0)
    for (let page = 0; page < pageCount; page++) {
      let v = <usize>load<u32>(pages + (<usize>page << 2)) + offset + (<usize>dim << 6) + at
      let p = scores + (<usize>page << 6)
      const end = p + (<usize>min(PAGE, length - (page << 4)) << 2)
      for (; p < end; p += 4) {
        sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(p), v128.load(v)))
        v += rowBytes
      }
    }
    v128.store(out + at, f32x4.mul(sum, inverse))
  }
}
