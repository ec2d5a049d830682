/**
 * How many tokens two sequences share from the start.
 *
 * @param from  where in `b` to begin
 */
export function commonPrefix(a: readonly number[], b: readonly number[], from = 0): number {
  const length = Math.min(a.length, b.length - from)
  let n = 0
  while (n < length && a[n] === b[from + n]) n++
  return n
}
