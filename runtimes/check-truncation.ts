/** @throws {RangeError} if a cache of `held` tokens has no first `length` of them */
export function checkTruncation(held: number, length: number): void {
  if (!Number.isInteger(length) || length < 0 || length > held) {
    throw new RangeError(`A cache of ${held} tokens can't be truncated to ${length}`)
  }
}
