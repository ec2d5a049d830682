/**
 * Int8 matrices [out, in] lie in memory as groups of four rows; a group is a row of blocks of 32 inputs; a block is
 *
 *     8 × 16 bytes   four inputs of each of the four rows: [input / 4][row][input % 4]
 *         16 bytes   the four rows' scales, float32
 *
 * One load then holds four rows by four inputs, the activations come in by a 32-bit splat, each lane sums one row (no
 * horizontal sums), and a block's four scales are one vector.
 */
export const BLOCK: i32 = 32
export const GROUP_BLOCK_BYTES: usize = 144

/** Activations are whole numbers of 14 bits, offset to be positive: x ≈ scale · (u - OFFSET), 1 ≤ u ≤ 16383. */
export const OFFSET: f32 = 8192
export const LARGEST: f32 = 8191
