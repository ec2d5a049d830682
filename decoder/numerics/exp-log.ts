/**
 * Exponential and logarithm made of additions, multiplications and divisions alone. IEEE 754 fixes the result of those
 * to the last bit, while the last bit of Math.exp and Math.log differs between engines; a token must not.
 *
 * Method and coefficients: fdlibm's e_exp.c and e_log.c (Sun Microsystems 1993); error below one unit in the last place.
 */

const LN2_HIGH = 6.931471803691238e-1
const LN2_LOW = 1.9082149292705877e-10
const LOG2_E = Math.LOG2E

/** 2^-1022 to 2^1023, the normal range; index shifted by 1022. */
const POWER_OF_TWO = new Float64Array(2046)
for (let i = 0, power = 2 ** -1022; i < 2046; i++, power *= 2) POWER_OF_TWO[i] = power

/** e^x; 0 below -745.14, Infinity above 709.79, NaN for NaN. */
export function exp(x: number): number {
  if (x < -745.14) return 0
  if (x > 709.79) return Number.POSITIVE_INFINITY
  if (Number.isNaN(x)) return x
  // x = k ln 2 + r with |r| ≤ ln 2 / 2; ln 2 in two parts keeps r exact.
  const k = Math.floor(x * LOG2_E + 0.5)
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const t = r * r
  const c =
    r -
    t *
      (1.6666666666666602e-1 +
        t *
          (-2.7777777777015593e-3 +
            t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))))
  const y = 1 - (low - (r * c) / (2 - c) - high)
  // In two steps where 2^k alone is out of range or the result subnormal.
  if (k === 1024) return y * 2 * 2 ** 1023
  if (k < -1022) return y * POWER_OF_TWO[k + 54 + 1022]! * 2 ** -54
  return y * POWER_OF_TWO[k + 1022]!
}

const float = new Float64Array(1)
const words = new Uint32Array(float.buffer)

/** Natural logarithm; -Infinity for 0, NaN below 0. */
export function log(x: number): number {
  if (Number.isNaN(x) || x === Number.POSITIVE_INFINITY) return x
  if (x <= 0) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN
  let k = 0
  if (x < 2 ** -1022) {
    k = -54
    x *= 2 ** 54
  }
  // x = 2^k m with sqrt(1/2) < m < sqrt(2)
  float[0] = x
  k += ((words[1]! >>> 20) & 0x7ff) - 1023
  words[1] = (words[1]! & 0x000fffff) | 0x3ff00000
  let m = float[0]!
  if (m > Math.SQRT2) {
    m *= 0.5
    k += 1
  }
  const f = m - 1
  const s = f / (2 + f)
  const z = s * s
  const w = z * z
  const even = w * (3.999999999940942e-1 + w * (2.2222198432149784e-1 + w * 1.5313837699209373e-1))
  const odd =
    z *
    (6.666666666666735e-1 +
      w * (2.857142874366239e-1 + w * (1.818357216161805e-1 + w * 1.4798198605116586e-1)))
  const half = 0.5 * f * f
  return k * LN2_HIGH - (half - (s * (half + even + odd) + k * LN2_LOW) - f)
}
