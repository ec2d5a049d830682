/**
 * Int8 matrices [out, in] lie in memory as groups of sixteen rows; a group is a row of blocks of 32 inputs; a block is
 *
 *     8 × 64 bytes   four inputs of each of the sixteen rows: [input / 4][row][input % 4]
 *         64 bytes   the rows' scales, float32
 *
 * A product reads it from start to end, as memory likes it best. Each lane sums one row: the activations come in by a
 * splat, and no sums across lanes are needed.
 */
export const BLOCK: i32 = 32
export const WEIGHT_BYTES: usize = 512
export const GROUP_BLOCK_BYTES: usize = 576

/**
 * Activations are whole numbers of 14 bits, offset to be positive: x ≈ scale · (u - OFFSET), 1 ≤ u ≤ 16383. A block's sum
 * of products then fits 32 bits: 32 · 128 · 16383 < 2^27.
 *
 * Every product kernel computes the same integers within a block, and float32 between blocks in one order:
 *
 *     out[r] = scale · (Σ over blocks of d[r, block] · Σ w u  -  8192 Σ w d)
 */
export const OFFSET: f32 = 8192
export const LARGEST: f32 = 8191

/** The formula's last step for a group's sixteen rows: out = (s - corrections) · scale. */
// @ts-ignore: decorator
@inline
export function storeGroup(
  s0: v128,
  s1: v128,
  s2: v128,
  s3: v128,
  corrections: usize,
  scale: v128,
  out: usize,
): void {
  v128.store(out, f32x4.mul(f32x4.sub(s0, v128.load(corrections)), scale))
  v128.store(out, f32x4.mul(f32x4.sub(s1, v128.load(corrections, 16)), scale), 16)
  v128.store(out, f32x4.mul(f32x4.sub(s2, v128.load(corrections, 32)), scale), 32)
  v128.store(out, f32x4.mul(f32x4.sub(s3, v128.load(corrections, 48)), scale), 48)
}
