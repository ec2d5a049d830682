/**
 * Int8 matrices [out, in] lie in memory as groups of four rows; a group is a row of blocks of 32 inputs; a block is
 *
 *     8 × 16 bytes   four inputs of each of the four rows: [input / 4][row][input % 4]
 *         16 bytes   the four rows' scales, float32
 *
 * A load holds four inputs of two or four rows, the activations come in by a splat, sums across lanes are needed once a
 * block, and a block's four scales are one vector.
 */
export const BLOCK: i32 = 32
export const GROUP_BLOCK_BYTES: usize = 144

/**
 * Activations are whole numbers of 14 bits, offset to be positive: x ≈ scale · (u - OFFSET), 1 ≤ u ≤ 16383. A block's sum
 * of products then fits 32 bits: 32 · 127 · 16383 < 2^27.
 */
export const OFFSET: f32 = 8192
export const LARGEST: f32 = 8191
