import { log } from '../numerics/exp-log.ts'
import { integerPower } from '../numerics/integer-power.ts'
import type { Logits } from './logits.ts'

export interface DryOptions {
  /** ≥ 0; 0 is off. */
  multiplier: number
  /** ≥ 1 */
  base: number
  /** Longest repetition that costs nothing. */
  allowedLength: number
  /** How many of the last tokens are looked at; -1 for all. */
  lastN: number
  /** Sequences that no repetition reaches across: first token → what must follow it, for each such sequence. */
  breakers: ReadonlyMap<number, readonly (readonly number[])[]>
}

/** ln of the largest single-precision number: penalties beyond it would be infinite. */
const LARGEST_LOG = 88.7228391

/**
 * "Don't repeat yourself": a token that would prolong a verbatim repetition of n tokens to n + 1 costs
 * multiplier · base^(n - allowedLength), if n reaches allowedLength; the longest repetition counts. Weidmann 2024
 * (text-generation-webui), as llama.cpp defines it: prompt included, and repetitions cut at sequence breakers. A token
 * that is itself a breaker costs nothing.
 *
 * @param logits [vocabSize] unnormalised log-probabilities, changed in place
 * @param tokens the tokens so far, prompt included
 */
export function dry(logits: Logits, tokens: readonly number[], options: DryOptions): void {
  const { multiplier, base, allowedLength, lastN, breakers } = options
  if (multiplier === 0 || lastN === 0) return
  const window = lastN < 0 ? tokens : tokens.slice(-lastN)
  if (window.length <= allowedLength) return
  /** Backwards, so that what the text ends with is a prefix. */
  const reversed = window.toReversed()
  const limit = sinceBreaker(reversed, breakers)
  if (limit < allowedLength) return

  const longest = new Map<number, number>()
  const matches = prefixMatches(reversed)
  for (let i = 1; i < reversed.length; i++) {
    const length = Math.min(matches[i]!, limit)
    // What ends at i in the reversed text was followed by the token at i - 1.
    const next = reversed[i - 1]!
    if (length >= allowedLength && length > (longest.get(next) ?? -1)) longest.set(next, length)
  }
  const largest = base > 1.000001 ? Math.floor(LARGEST_LOG / log(base)) : Number.POSITIVE_INFINITY
  for (const [id, length] of longest) {
    if (breakers.get(id)?.some((rest) => rest.length === 0)) continue
    const power = integerPower(base, Math.min(length - allowedLength, largest))
    logits[id]! -= multiplier * power
  }
}

/** Sequence breakers by their first token, as `DryOptions` wants them. */
export function groupBreakers(sequences: readonly (readonly number[])[]): Map<number, number[][]> {
  const groups = new Map<number, number[][]>()
  for (const [first, ...rest] of sequences) {
    const group = groups.get(first!)
    if (group) group.push(rest)
    else groups.set(first!, [rest])
  }
  return groups
}

/** How many tokens the text has gone on since its last sequence breaker; all of them if there is none. */
function sinceBreaker(reversed: readonly number[], breakers: DryOptions['breakers']): number {
  if (breakers.size === 0) return reversed.length
  for (let i = 0; i < reversed.length; i++) {
    let longest = -1
    for (const rest of breakers.get(reversed[i]!) ?? []) {
      const isHere = rest.length <= i && rest.every((id, k) => reversed[i - 1 - k] === id)
      if (isHere) longest = Math.max(longest, rest.length)
    }
    if (longest >= 0) return i - longest
  }
  return reversed.length
}

/** The Z-function: for each i > 0, how many items from i on equal the items from the start. O(n), Gusfield 1997. */
function prefixMatches(items: readonly number[]): Int32Array {
  const matches = new Int32Array(items.length)
  let left = 0
  let right = 0
  for (let i = 1; i < items.length; i++) {
    let n = i < right ? Math.min(right - i, matches[i - left]!) : 0
    while (i + n < items.length && items[n] === items[i + n]) n++
    matches[i] = n
    if (i + n > right) [left, right] = [i, i + n]
  }
  return matches
}
