import { GROUP_BLOCK_BYTES, WEIGHT_BYTES } from './layout'

/** One row of a packed int8 matrix as float32: the embedding of a token. @param stride  blocks of a row */
export function embedInt8(weights: usize, row: i32, out: usize, inputs: i32, stride: i32): void {
  let from = weights + <usize>(row >> 4) * <usize>stride * GROUP_BLOCK_BYTES
  const lane = <usize>(row & 15) << 2
  for (let i = 0; i < inputs; i++) {
    const within = <usize>(i & 31)
    if (i > 0 && within === 0) from += GROUP_BLOCK_BYTES
    const weight = load<i8>(from + ((within >> 2) << 6) + lane + (within & 3))
    store<f32>(out + (<usize>i << 2), <f32>weight * load<f32>(from + WEIGHT_BYTES + lane))
  }
}

/** The same for a float matrix. @param stride  inputs of a row */
export function embedFloat(weights: usize, row: i32, out: usize, inputs: i32, stride: i32): void {
  let from = weights + (<usize>(row >> 3) * <usize>stride << 5) + (<usize>(row & 7) << 2)
  for (let i = 0; i < inputs; i++) {
    store<f32>(out + (<usize>i << 2), load<f32>(from))
    from += 32
  }
}
