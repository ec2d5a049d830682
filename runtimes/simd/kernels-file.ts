import type facts from '../../dist/engine/kernels.json'

/** A module of one function that swizzles by `i8x16.relaxed_swizzle`: valid only where relaxed SIMD is. */
const RELAXED = [
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  // Its type () -> v128, and that the function is of it.
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00],
  // i32.const 0, i8x16.splat, twice; the swizzle; end
  ...[0x0a, 0x0f, 0x01, 0x0d, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f],
  ...[0xfd, 0x80, 0x02, 0x0b],
]

/** The compiled kernels that this engine can take, the best ones. All give the same bits. */
export function kernelsFile(): keyof typeof facts {
  return WebAssembly.validate(Uint8Array.from(RELAXED)) ? 'kernels-relaxed.wasm' : 'kernels.wasm'
}
