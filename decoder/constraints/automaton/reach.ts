import type { Network } from './network.ts'

/**
 * For each state whether the end of its rule can be reached from it: 1 or 0.
 *
 * @param withBytes  false: without taking a byte
 */
export function reachesEnd(network: Network, withBytes: boolean): Uint8Array {
  const count = network.bytes.length
  const reaches = new Uint8Array(count)
  const before: number[][] = Array.from({ length: count }, () => [])
  /** For each state what calls it or comes after a call, in pairs: the calling state, the other half of the call. */
  const callers: number[][] = Array.from({ length: count }, () => [])
  for (let state = 0; state < count; state++) {
    const bytes = network.bytes[state]!
    if (withBytes) for (let i = 2; i < bytes.length; i += 3) before[bytes[i]!]!.push(state)
    for (const to of network.moves[state]!) before[to]!.push(state)
    const calls = network.calls[state]!
    for (let i = 0; i < calls.length; i += 2) {
      callers[calls[i]!]!.push(state, calls[i + 1]!)
      callers[calls[i + 1]!]!.push(state, calls[i]!)
    }
  }
  const queue: number[] = []
  const mark = (state: number) => {
    if (reaches[state]) return
    reaches[state] = 1
    queue.push(state)
  }
  for (const { end } of network.rules.values()) mark(end)
  for (let state = queue.pop(); state !== undefined; state = queue.pop()) {
    for (const from of before[state]!) mark(from)
    // A call succeeds when both the called rule and what comes after it can end.
    const pairs = callers[state]!
    for (let i = 0; i < pairs.length; i += 2) if (reaches[pairs[i + 1]!]) mark(pairs[i]!)
  }
  return reaches
}

/** Takes out every edge that leads to a state from which there is no end. */
export function prune(network: Network, useful: Uint8Array): void {
  const { bytes, moves, calls } = network
  const keeps = (state: number | undefined) => useful[state!] === 1
  for (let state = 0; state < bytes.length; state++) {
    bytes[state] = tuples(bytes[state]!, 3, (edges, at) => keeps(edges[at + 2]))
    moves[state] = moves[state]!.filter(keeps)
    calls[state] = tuples(calls[state]!, 2, (pairs, at) => keeps(pairs[at]) && keeps(pairs[at + 1]))
  }
}

/** Of a flat list of tuples those that pass. */
function tuples(flat: number[], size: number, test: (flat: number[], at: number) => boolean) {
  const kept: number[] = []
  for (let at = 0; at < flat.length; at += size) {
    if (test(flat, at)) kept.push(...flat.slice(at, at + size))
  }
  return kept
}
