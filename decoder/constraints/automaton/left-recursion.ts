import type { Network } from './network.ts'
import { reachesEnd } from './reach.ts'

/** The name of a rule that calls itself before it has taken a byte, and so would call itself forever; null if none does. */
export function leftRecursiveRule(network: Network): string | null {
  const called = firstCalls(network)
  const names = new Map([...network.rules].map(([name, { begin }]) => [begin, name]))
  const done = new Set<number>()
  for (const root of called.keys()) {
    // With a stack of its own: rules may call each other in a chain of thousands.
    const path = [{ rule: root, next: 0 }]
    const open = new Set([root])
    while (path.length > 0) {
      const top = path.at(-1)!
      const to = called.get(top.rule)![top.next++]
      if (to === undefined) {
        path.pop()
        open.delete(top.rule)
        done.add(top.rule)
      } else if (open.has(to)) {
        return names.get(to)!
      } else if (!done.has(to)) {
        open.add(to)
        path.push({ rule: to, next: 0 })
      }
    }
  }
  return null
}

/** For each rule those that it may call before it has taken a byte, all by the states where they begin. */
function firstCalls(network: Network): Map<number, number[]> {
  const isNullable = reachesEnd(network, false)
  const called = new Map<number, number[]>()
  for (const { begin } of network.rules.values()) {
    const seen = new Set([begin])
    const first = new Set<number>()
    for (const state of seen) {
      for (const to of network.moves[state]!) seen.add(to)
      const calls = network.calls[state]!
      for (let i = 0; i < calls.length; i += 2) {
        first.add(calls[i]!)
        if (isNullable[calls[i]!]) seen.add(calls[i + 1]!)
      }
    }
    called.set(begin, [...first])
  }
  return called
}
