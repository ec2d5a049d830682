import { exp, log } from './exp-log.ts'
import { integerPower } from './integer-power.ts'

/**
 * base^exponent for base > 0. Whole exponents are multiplied out, so that x^1 is x itself; the others go through our
 * own exponential, so every engine agrees to the last bit.
 */
export function power(base: number, exponent: number): number {
  if (!Number.isInteger(exponent)) return exp(exponent * log(base))
  const result = integerPower(base, Math.abs(exponent))
  return exponent < 0 ? 1 / result : result
}
