/**
 * Rows of activations times a float32 matrix, for weights stored as F32 or F16.
 *
 * @param weights  groups of eight rows, [row / 8][input][row % 8] float32
 * @param x        [count, inputs] float32, rows `inputStride` bytes apart
 * @param out      [count, rows] float32, rows `stride` bytes apart
 */
export function productFloat(
  weights: usize,
  x: usize,
  inputStride: usize,
  count: i32,
  out: usize,
  stride: usize,
  rows: i32,
  inputs: i32,
): void {
  const inputBytes = <usize>inputs << 2
  for (let row = 0; row < rows; row += 8) {
    for (let m = 0; m < count; m++) {
      const from = x + <usize>m * inputStride
      let w = weights
      // Two sums a row hide the latency of an addition; even inputs in one, odd in the other.
      let even = f32x4.splat(0)
      let even2 = f32x4.splat(0)
      let odd = f32x4.splat(0)
      let odd2 = f32x4.splat(0)
      for (let i: usize = 0; i < inputBytes; i += 8) {
        const a = v128.load32_splat(from + i)
        const b = v128.load32_splat(from + i, 4)
        even = f32x4.add(even, f32x4.mul(v128.load(w), a))
        even2 = f32x4.add(even2, f32x4.mul(v128.load(w, 16), a))
        odd = f32x4.add(odd, f32x4.mul(v128.load(w, 32), b))
        odd2 = f32x4.add(odd2, f32x4.mul(v128.load(w, 48), b))
        w += 64
      }
      const to = out + <usize>m * stride
      v128.store(to, f32x4.add(even, odd))
      v128.store(to, f32x4.add(even2, odd2), 16)
    }
    weights += inputBytes << 3
    out += 32
  }
}
