/**
 * cos and sin of every position and pair, so laid out that a rotation is two products and a sum:
 * for pairs (i, i + 1) [c0 c0 c1 c1] and [-s0 s0 -s1 s1], 32 bytes a four numbers.
 *
 * The angles are theta^(-2i / dim) · position / factor (Su et al. 2021, "RoFormer"; `factor` stretches positions,
 * Chen et al. 2023). AssemblyScript's Math is compiled into the engine, so the table has the same bits everywhere.
 *
 * @param table       [positions, 2 · dim rounded up to a multiple of 4] float32
 * @param frequencies [dim / 2] float32 that divide the frequencies, or 0
 */
export function rotaryTable(
  table: usize,
  positions: i32,
  dim: i32,
  theta: f64,
  factor: f64,
  frequencies: usize,
): void {
  for (let position = 0; position < positions; position++) {
    for (let pair = 0; pair < dim >> 1; pair++) {
      let frequency = Math.pow(theta, -2 * <f64>pair / <f64>dim)
      if (frequencies) frequency /= <f64>load<f32>(frequencies + (<usize>pair << 2))
      const angle = (<f64>position / factor) * frequency
      const cos = <f32>Math.cos(angle)
      const sin = <f32>Math.sin(angle)
      const at = table + (<usize>(pair >> 1) << 5) + (<usize>(pair & 1) << 3)
      store<f32>(at, cos)
      store<f32>(at, cos, 4)
      store<f32>(at, -sin, 16)
      store<f32>(at, sin, 20)
    }
    table += <usize>((dim + 3) & ~3) << 3
  }
}

/**
 * Rotates `heads` vectors of `dim` numbers in place, in pairs (2i, 2i + 1) as GGUF's llama has them.
 *
 * @param angles  one position's row of the table
 * @param dim     a multiple of 4
 */
export function rotate(x: usize, angles: usize, heads: i32, dim: i32): void {
  for (let head = 0; head < heads; head++) {
    for (let i: usize = 0; i < <usize>dim << 2; i += 16) {
      const v = v128.load(x + i)
      const swapped = v128.shuffle<i32>(v, v, 1, 0, 3, 2)
      const cos = v128.load(angles + (i << 1))
      const sin = v128.load(angles + (i << 1), 16)
      v128.store(x + i, f32x4.add(f32x4.mul(v, cos), f32x4.mul(swapped, sin)))
    }
    x += <usize>dim << 2
  }
}
