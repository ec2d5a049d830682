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
 * Attention of one position's query heads that share a key-value head: softmax(q·K · scale) · V for each. Two heads at a
 * time meet each load of keys and values. Sums run over positions one after another, so that a position that is masked
 * out leaves the bits of the rest as they would be without it.
 *
 * @param query    [heads, dim] float32
 * @param pages    [⌈length / 16⌉] uint32 addresses of pages
 * @param offset   where this layer's and head's keys begin in a page
 * @param length   positions in the sequence, this query's own included
 * @param mask     one byte for each position from `maskFrom` on, 0 hides it; 0 for none
 * @param scores   scratch, [2, length rounded up to 16] float32
 * @param out      [heads, dim] float32
 * @param dim      a multiple of 4
 * @param queryStep  bytes from the queries for one page to those for the next, where each page has its own; 0 for the same
 */
export function attend(
  query: usize,
  heads: i32,
  pages: usize,
  offset: usize,
  length: i32,
  mask: usize,
  maskFrom: i32,
  scores: usize,
  out: usize,
  dim: i32,
  scale: f32,
  queryStep: usize,
): void {
  const rowBytes = <usize>dim << 2
  const pageCount = (length + PAGE - 1) >> 4
  const scores2 = scores + (<usize>pageCount << 6)
  for (let head = 0; head < heads; head += 2) {
    const q = query + <usize>head * rowBytes
    const to = out + <usize>head * rowBytes
    if (head + 1 < heads) {
      score(true, q, pages, offset, pageCount, scores, scores2, dim, scale, queryStep)
      const inverse = softmax(scores, length, pageCount, mask, maskFrom)
      const inverse2 = softmax(scores2, length, pageCount, mask, maskFrom)
      const values = offset + (rowBytes << 4)
      let at: usize = 0
      for (; at + 64 <= rowBytes; at += 64) {
        mix(true, pages, values + at, length, scores, scores2, rowBytes, to + at, to + rowBytes + at, inverse, inverse2)
      }
      mixRest(pages, values, length, scores, rowBytes, to, at, inverse)
      mixRest(pages, values, length, scores2, rowBytes, to + rowBytes, at, inverse2)
    } else {
      score(false, q, pages, offset, pageCount, scores, scores2, dim, scale, queryStep)
      const inverse = softmax(scores, length, pageCount, mask, maskFrom)
      const values = offset + (rowBytes << 4)
      let at: usize = 0
      for (; at + 128 <= rowBytes; at += 128) {
        mix(false, pages, values + at, length, scores, scores, rowBytes, to + at, to + at + 64, inverse, inverse)
      }
      mixRest(pages, values, length, scores, rowBytes, to, at, inverse)
    }
  }
}

/** q·K · scale of one query head, or of two that follow each other; a page at a time: four vectors of four positions. */
// @ts-ignore: decorator
@inline
function score(
  two: bool,
  query: usize,
  pages: usize,
  offset: usize,
  pageCount: i32,
  scores: usize,
  scores2: usize,
  dim: i32,
  scale: f32,
  queryStep: usize,
): void {
  const rowBytes = <usize>dim << 2
  const groupBytes = <usize>dim << 4
  const factor = f32x4.splat(scale)
  for (let page = 0; page < pageCount; page++) {
    let k = <usize>load<u32>(pages + (<usize>page << 2)) + offset
    let a0 = f32x4.splat(0)
    let a1 = f32x4.splat(0)
    let a2 = f32x4.splat(0)
    let a3 = f32x4.splat(0)
    let b0 = f32x4.splat(0)
    let b1 = f32x4.splat(0)
    let b2 = f32x4.splat(0)
    let b3 = f32x4.splat(0)
    for (let q = query, end = query + rowBytes; q < end; q += 4) {
      const x = v128.load32_splat(q)
      let keys = v128.load(k)
      const keys1 = v128.load(k + groupBytes)
      const keys2 = v128.load(k + (groupBytes << 1))
      const keys3 = v128.load(k + groupBytes + (groupBytes << 1))
      a0 = f32x4.add(a0, f32x4.mul(x, keys))
      a1 = f32x4.add(a1, f32x4.mul(x, keys1))
      a2 = f32x4.add(a2, f32x4.mul(x, keys2))
      a3 = f32x4.add(a3, f32x4.mul(x, keys3))
      if (two) {
        const y = v128.load32_splat(q + rowBytes)
        b0 = f32x4.add(b0, f32x4.mul(y, keys))
        b1 = f32x4.add(b1, f32x4.mul(y, keys1))
        b2 = f32x4.add(b2, f32x4.mul(y, keys2))
        b3 = f32x4.add(b3, f32x4.mul(y, keys3))
      }
      k += 16
    }
    const at = <usize>page << 6
    storeFour(scores + at, a0, a1, a2, a3, factor)
    if (two) storeFour(scores2 + at, b0, b1, b2, b3, factor)
    query += queryStep
  }
}

// @ts-ignore: decorator
@inline
function storeFour(to: usize, a: v128, b: v128, c: v128, d: v128, factor: v128): void {
  v128.store(to, f32x4.mul(a, factor))
  v128.store(to, f32x4.mul(b, factor), 16)
  v128.store(to, f32x4.mul(c, factor), 32)
  v128.store(to, f32x4.mul(d, factor), 48)
}

/** e^(score - largest), 0 for hidden positions. @returns one by their sum, in all lanes */
function softmax(scores: usize, length: i32, pageCount: i32, mask: usize, maskFrom: i32): v128 {
  for (let slot = length; slot < pageCount << 4; slot++) store<f32>(scores + (<usize>slot << 2), -Infinity)
  if (mask) {
    for (let slot = maskFrom; slot < length; slot++) {
      if (!load<u8>(mask + <usize>(slot - maskFrom))) store<f32>(scores + (<usize>slot << 2), -Infinity)
    }
  }
  const end = scores + (<usize>pageCount << 6)
  let largest = f32x4.splat(-Infinity)
  for (let at = scores; at < end; at += 16) largest = f32x4.pmax(largest, v128.load(at))
  const max = Mathf.max(
    Mathf.max(f32x4.extract_lane(largest, 0), f32x4.extract_lane(largest, 1)),
    Mathf.max(f32x4.extract_lane(largest, 2), f32x4.extract_lane(largest, 3)),
  )
  const shift = f32x4.splat(max)
  let total: f32 = 0
  for (let at = scores; at < end; at += 16) {
    const weights = exp4(f32x4.sub(v128.load(at), shift))
    v128.store(at, weights)
    total += f32x4.extract_lane(weights, 0)
    total += f32x4.extract_lane(weights, 1)
    total += f32x4.extract_lane(weights, 2)
    total += f32x4.extract_lane(weights, 3)
  }
  return f32x4.splat(1 / total)
}

/**
 * Weighted sums of parts of all values: of sixteen numbers by each of two heads' weights, or of thirty-two by one's.
 *
 * @param from  where the numbers are in a page's first value
 */
// @ts-ignore: decorator
@inline
function mix(
  two: bool,
  pages: usize,
  from: usize,
  length: i32,
  weights: usize,
  weights2: usize,
  rowBytes: usize,
  out: usize,
  out2: usize,
  inverse: v128,
  inverse2: v128,
): void {
  let a0 = f32x4.splat(0)
  let a1 = f32x4.splat(0)
  let a2 = f32x4.splat(0)
  let a3 = f32x4.splat(0)
  let b0 = f32x4.splat(0)
  let b1 = f32x4.splat(0)
  let b2 = f32x4.splat(0)
  let b3 = f32x4.splat(0)
  const apart = weights2 - weights
  for (let slot = 0; slot < length; slot += PAGE) {
    let v = <usize>load<u32>(pages + (<usize>slot >> 2)) + from
    let p = weights + (<usize>slot << 2)
    for (const end = p + (<usize>min(PAGE, length - slot) << 2); p < end; p += 4) {
      const x = v128.load32_splat(p)
      const v0 = v128.load(v)
      const v1 = v128.load(v, 16)
      const v2 = v128.load(v, 32)
      const v3 = v128.load(v, 48)
      a0 = f32x4.add(a0, f32x4.mul(x, v0))
      a1 = f32x4.add(a1, f32x4.mul(x, v1))
      a2 = f32x4.add(a2, f32x4.mul(x, v2))
      a3 = f32x4.add(a3, f32x4.mul(x, v3))
      const y = two ? v128.load32_splat(p + apart) : x
      b0 = f32x4.add(b0, f32x4.mul(y, two ? v0 : v128.load(v, 64)))
      b1 = f32x4.add(b1, f32x4.mul(y, two ? v1 : v128.load(v, 80)))
      b2 = f32x4.add(b2, f32x4.mul(y, two ? v2 : v128.load(v, 96)))
      b3 = f32x4.add(b3, f32x4.mul(y, two ? v3 : v128.load(v, 112)))
      v += rowBytes
    }
  }
  storeFour(out, a0, a1, a2, a3, inverse)
  storeFour(out2, b0, b1, b2, b3, inverse2)
}

/** The same for what is left of a head from `at` on, four numbers at a time. */
function mixRest(
  pages: usize,
  values: usize,
  length: i32,
  weights: usize,
  rowBytes: usize,
  out: usize,
  at: usize,
  inverse: v128,
): void {
  for (; at < rowBytes; at += 16) {
    let sum = f32x4.splat(0)
    for (let slot = 0; slot < length; slot++) {
      const v = <usize>load<u32>(pages + (<usize>(slot >> 4) << 2)) + values + at + <usize>(slot & 15) * rowBytes
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights + (<usize>slot << 2)), v128.load(v)))
    }
    v128.store(out + at, f32x4.mul(sum, inverse))
  }
}
