/**
 * y = x / sqrt(mean(x²) + epsilon) · gain, row by row. Zhang and Sennrich 2019, "Root Mean Square Layer Normalization".
 *
 * @param x, y  [rows, width] float32, rows `stride` bytes apart
 * @param width a multiple of 4
 */
export function rmsNorm(x: usize, gain: usize, y: usize, rows: i32, width: i32, stride: usize, epsilon: f32): void {
  const bytes = <usize>width << 2
  for (let row = 0; row < rows; row++) {
    let squares = f32x4.splat(0)
    for (let i: usize = 0; i < bytes; i += 16) {
      const v = v128.load(x + i)
      squares = f32x4.add(squares, f32x4.mul(v, v))
    }
    const sum =
      f32x4.extract_lane(squares, 0) +
      f32x4.extract_lane(squares, 1) +
      (f32x4.extract_lane(squares, 2) + f32x4.extract_lane(squares, 3))
    const factor = f32x4.splat(1 / Mathf.sqrt(sum / <f32>width + epsilon))
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(y + i, f32x4.mul(f32x4.mul(v128.load(x + i), factor), v128.load(gain + i)))
    }
    x += stride
    y += stride
  }
}
