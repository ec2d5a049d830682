/**
 * base^exponent by repeated squaring: multiplications alone, so every engine agrees to the last bit.
 *
 * @param exponent  whole number ≥ 0
 */
export function integerPower(base: number, exponent: number): number {
  let result = 1
  for (let left = exponent, square = base; left > 0; left = Math.floor(left / 2), square *= square)
    if (left % 2 === 1) result *= square
  return result
}
