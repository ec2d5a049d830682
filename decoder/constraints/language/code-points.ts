/** Inclusive. */
export type Range = readonly [first: number, last: number]

export const LAST_CODE_POINT = 0x10ffff

/** Ranges in order, those that touch joined. */
export function joinRanges(ranges: readonly Range[]): Range[] {
  const joined: Range[] = []
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = joined.at(-1)
    if (before && first <= before[1] + 1) {
      joined[joined.length - 1] = [before[0], Math.max(before[1], last)]
    } else joined.push([first, last])
  }
  return joined
}

/** Every code point outside of these ranges. */
export function otherRanges(ranges: readonly Range[]): Range[] {
  const others: Range[] = []
  let next = 0
  for (const [first, last] of joinRanges(ranges)) {
    if (first > next) others.push([next, first - 1])
    next = last + 1
  }
  if (next <= LAST_CODE_POINT) others.push([next, LAST_CODE_POINT])
  return others
}

/** What both have in common. */
export function commonRanges(a: readonly Range[], b: readonly Range[]): Range[] {
  return a.flatMap(([first, last]) =>
    b
      .map(([from, to]): Range => [Math.max(first, from), Math.min(last, to)])
      .filter(([from, to]) => from <= to),
  )
}
