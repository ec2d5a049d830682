/**
 * e^x of four numbers, for x ≤ 88: relative error below 2e-7, 0 below -87.3. Made of additions and multiplications
 * alone, so that it has the same bits on every engine.
 *
 * x = k ln 2 + r with |r| ≤ ln 2 / 2, and a polynomial of degree 6 for e^r (Cephes' expf, Moshier 1989).
 */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const k = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504088896341)))
  // ln 2 in two parts keeps r exact.
  let r = f32x4.sub(x, f32x4.mul(k, f32x4.splat(0.693359375)))
  r = f32x4.sub(r, f32x4.mul(k, f32x4.splat(-2.12194440e-4)))
  let y = f32x4.splat(1.9875691500e-4)
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.3981999507e-3))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(8.3334519073e-3))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(4.1665795894e-2))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.6666665459e-1))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(5.0000001201e-1))
  y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(y, r), r), r), f32x4.splat(1))
  // 2^k by its exponent bits
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(k), i32x4.splat(127)), 23)
  const small = f32x4.lt(x, f32x4.splat(-87.3))
  return v128.andnot(f32x4.mul(y, power), small)
}
