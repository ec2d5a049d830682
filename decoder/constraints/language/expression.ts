import type { Range } from './code-points.ts'

/**
 * What every constraint is written in before it becomes an automaton: a regular expression over bytes that may refer to
 * named rules, and so a context-free grammar.
 */
export type Expression =
  | { kind: 'bytes'; bytes: Uint8Array }
  /** One byte out of inclusive ranges. */
  | { kind: 'byte'; ranges: readonly Range[] }
  /** One character out of inclusive ranges of code points, in UTF-8. */
  | { kind: 'character'; ranges: readonly Range[] }
  | { kind: 'sequence'; items: readonly Expression[] }
  /** None of no choices can be met. */
  | { kind: 'choice'; items: readonly Expression[] }
  /** `max` null: no limit. */
  | { kind: 'repeat'; item: Expression; min: number; max: number | null }
  | { kind: 'rule'; name: string }

export interface Grammar {
  root: string
  /** By name; names stand in error messages. */
  rules: Map<string, Expression>
}

const encoder = new TextEncoder()

export const EMPTY: Expression = { kind: 'sequence', items: [] }
export const NOTHING: Expression = { kind: 'choice', items: [] }
export const text = (value: string): Expression => ({
  kind: 'bytes',
  bytes: encoder.encode(value),
})
export const byte = (...ranges: Range[]): Expression => ({ kind: 'byte', ranges })
/** A single character is a text, so that words which are spelled character by character are words. */
export function characters(...ranges: readonly Range[]): Expression {
  const [only] = ranges
  if (ranges.length !== 1 || only![0] !== only![1]) return { kind: 'character', ranges }
  const isHalf = only![0] >= 0xd800 && only![0] <= 0xdfff
  return isHalf ? NOTHING : text(String.fromCodePoint(only![0]))
}
export const sequence = (...items: Expression[]): Expression => ({ kind: 'sequence', items })
export const choice = (...items: Expression[]): Expression => ({ kind: 'choice', items })
export const repeat = (item: Expression, min = 0, max: number | null = null): Expression => ({
  kind: 'repeat',
  item,
  min,
  max,
})
export const optional = (item: Expression): Expression => repeat(item, 0, 1)
export const rule = (name: string): Expression => ({ kind: 'rule', name })

/** The words that an expression is a list of; null if it is more than that. */
export function wordsOf(expression: Expression): Uint8Array[] | null {
  switch (expression.kind) {
    case 'bytes':
      return [expression.bytes]
    case 'choice': {
      const lists = expression.items.map(wordsOf)
      return lists.every((list) => list !== null) ? lists.flat() : null
    }
    case 'sequence': {
      const parts = expression.items.map(wordsOf)
      return parts.every((list) => list?.length === 1)
        ? [Uint8Array.from(parts.flatMap((list) => [...list![0]!]))]
        : null
    }
  }
  return null
}

/** A grammar of one rule. */
export const grammarOf = (expression: Expression): Grammar => ({
  root: 'text',
  rules: new Map([['text', expression]]),
})
