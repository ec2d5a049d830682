/**
 * The indexes of `values` from the largest value down, ties by the lower index, one at a time: O(n) to begin and
 * O(log n) for each one drawn. Filters look at a few dozen of a vocabulary's thousands, so nothing is sorted whole.
 * Entries of -Infinity (tokens already ruled out) are left out.
 */
export function* descending(values: ArrayLike<number>): Generator<number, void> {
  const heap: number[] = []
  for (let i = 0; i < values.length; i++) if (values[i]! > Number.NEGATIVE_INFINITY) heap.push(i)
  const before = (i: number, j: number) =>
    values[i]! > values[j]! || (values[i]! === values[j]! && i < j)
  const sink = (root: number) => {
    const moved = heap[root]!
    for (let child = 2 * root + 1; child < heap.length; child = 2 * root + 1) {
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, moved)) break
      heap[root] = heap[child]!
      root = child
    }
    heap[root] = moved
  }
  for (let root = (heap.length >> 1) - 1; root >= 0; root--) sink(root)
  while (heap.length > 0) {
    yield heap[0]!
    const last = heap.pop()!
    if (heap.length > 0) {
      heap[0] = last
      sink(0)
    }
  }
}
