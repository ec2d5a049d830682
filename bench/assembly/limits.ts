/** What this machine can do at most, by the instructions that products are made of. Timed by ../roofline.ts. */

/** Reads bytes from start to end, 16 at a time. @param bytes  a multiple of 64 */
export function read(from: usize, bytes: usize): i32 {
  let a = i32x4.splat(0)
  let b = i32x4.splat(0)
  let c = i32x4.splat(0)
  let d = i32x4.splat(0)
  for (const end = from + bytes; from < end; from += 64) {
    a = i32x4.add(a, v128.load(from))
    b = i32x4.add(b, v128.load(from, 16))
    c = i32x4.add(c, v128.load(from, 32))
    d = i32x4.add(d, v128.load(from, 48))
  }
  return i32x4.extract_lane(i32x4.add(i32x4.add(a, b), i32x4.add(c, d)), 0)
}

/** Multiplies 16 bytes by 16 bytes, into eight independent sums. Nothing is loaded: 128 · `rounds` multiply-adds. */
export function multiply(at: usize, rounds: i32): i32 {
  const w = v128.load(at)
  const x = v128.load(at, 16)
  let a = i32x4.splat(0)
  let b = i32x4.splat(1)
  let c = i32x4.splat(2)
  let d = i32x4.splat(3)
  let e = i32x4.splat(4)
  let f = i32x4.splat(5)
  let g = i32x4.splat(6)
  let h = i32x4.splat(7)
  for (let i = 0; i < rounds; i++) {
    a = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, a)
    b = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, b)
    c = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, c)
    d = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, d)
    e = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, e)
    f = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, f)
    g = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, g)
    h = i32x4.relaxed_dot_i8x16_i7x16_add_s(w, x, h)
  }
  const odd = i32x4.add(i32x4.add(b, d), i32x4.add(f, h))
  return i32x4.extract_lane(i32x4.add(i32x4.add(i32x4.add(a, c), i32x4.add(e, g)), odd), 0)
}
