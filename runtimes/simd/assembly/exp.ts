/**
 * What exp4 multiplies by and adds, four times each. In memory, since V8 makes a constant vector anew at each use, by
 * several instructions.
 */
// prettier-ignore
const CONSTANTS = memory.data<f32>([
  1.44269504088896341, 1.44269504088896341, 1.44269504088896341, 1.44269504088896341,
  12582912, 12582912, 12582912, 12582912,
  0.693359375, 0.693359375, 0.693359375, 0.693359375,
  -2.12194440e-4, -2.12194440e-4, -2.12194440e-4, -2.12194440e-4,
  1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4, 1.9875691500e-4,
  1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3, 1.3981999507e-3,
  8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3, 8.3334519073e-3,
  4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2, 4.1665795894e-2,
  1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1, 1.6666665459e-1,
  5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1, 5.0000001201e-1,
  1, 1, 1, 1,
  -87.3, -87.3, -87.3, -87.3,
])

/**
 * e^x of four numbers, for x ≤ 88: relative error below 2e-7, 0 below -87.3. Made of additions and multiplications
 * alone, so that it has the same bits on every engine.
 *
 * x = k ln 2 + r with |r| ≤ ln 2 / 2, and a polynomial of degree 6 for e^r (Cephes' expf, Moshier 1989).
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // Next to 1.5 · 2^23 floats are whole numbers: adding it rounds, and leaves k in the last bits.
  const magic = v128.load(CONSTANTS, 16)
  const shifted = f32x4.add(f32x4.mul(x, v128.load(CONSTANTS)), magic)
  const k = f32x4.sub(shifted, magic)
  // ln 2 in two parts keeps r exact.
  let r = f32x4.sub(x, f32x4.mul(k, v128.load(CONSTANTS, 32)))
  r = f32x4.sub(r, f32x4.mul(k, v128.load(CONSTANTS, 48)))
  // Three pairs side by side (Estrin's scheme) wait for each other less than one power after the other.
  const r2 = f32x4.mul(r, r)
  const high = f32x4.add(f32x4.mul(r, v128.load(CONSTANTS, 64)), v128.load(CONSTANTS, 80))
  const middle = f32x4.add(f32x4.mul(r, v128.load(CONSTANTS, 96)), v128.load(CONSTANTS, 112))
  const low = f32x4.add(f32x4.mul(r, v128.load(CONSTANTS, 128)), v128.load(CONSTANTS, 144))
  let y = f32x4.add(f32x4.mul(high, r2), middle)
  y = f32x4.add(f32x4.mul(y, r2), low)
  y = f32x4.add(f32x4.mul(y, r2), f32x4.add(r, v128.load(CONSTANTS, 160)))
  // y · 2^k by its exponent's bits
  const power = i32x4.add(y, i32x4.shl(shifted, 23))
  return v128.andnot(power, f32x4.lt(x, v128.load(CONSTANTS, 176)))
}
