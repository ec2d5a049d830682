import { expect, test } from 'vitest'
import type { Draft } from '../../../decoder/strategies/drafters/index.ts'
import { bestPath } from '../../../decoder/strategies/tree-path.ts'

const row = (...probabilities: number[]) => Float32Array.from(probabilities, Math.log)
const untouched = () => {}

/** Two branches of two tokens: 0 then 1, and 1 then 2. */
const DRAFT: Draft = { tokens: [0, 1, 1, 2], parents: [-1, -1, 0, 1] }

test('the beginning with the highest mean log-probability, the token after it included', () => {
  const rows = [
    row(0.5, 0.4, 0.1), // after the text
    row(0.4, 0.3, 0.3), // after 0
    row(0.05, 0.05, 0.9), // after 1
    row(0.34, 0.33, 0.33), // after 0 1
    row(0.01, 0.01, 0.98), // after 1 2
  ]
  // Computed by hand: none ln 0.5 = -0.693; 0: (ln 0.5 + ln 0.4) / 2 = -0.805; 1: (ln 0.4 + ln 0.9) / 2 = -0.511;
  // 1 2: (ln 0.4 + ln 0.9 + ln 0.98) / 3 = -0.347.
  expect(bestPath(DRAFT, rows, [], untouched)).toEqual([1, 3])
  // With a poor end the branch is left before it: (ln 0.4 + ln 0.9 + ln 0.34) / 3 = -0.700.
  expect(bestPath(DRAFT, [...rows.slice(0, 4), row(0.33, 0.34, 0.33)], [], untouched)).toEqual([1])
})

test('no guess worth following: the text goes on as without', () => {
  const sure = row(0.01, 0.01, 0.98)
  expect(bestPath(DRAFT, [sure, sure, sure, sure, sure], [], untouched)).toEqual([])
  expect(bestPath({ tokens: [], parents: [] }, [sure], [], untouched)).toEqual([])
})

test('processors see each branch’s tokens, and what they rule out is not followed', () => {
  const rows = [row(0.1, 0.8, 0.1), ...Array.from({ length: 4 }, () => row(0.1, 0.8, 0.1))]
  const seen: string[] = []
  const noOnes = (logits: { [id: number]: number }, tokens: readonly number[]) => {
    seen.push(tokens.join(' '))
    logits[1] = Number.NEGATIVE_INFINITY
  }
  const path = bestPath(DRAFT, rows, [7], noOnes)
  expect(seen).toEqual(['7', '7 0', '7 1', '7 0 1', '7 1 2'])
  expect(path.map((node) => DRAFT.tokens[node])).not.toContain(1)
})

test('a branch after which nothing is left is not followed to there', () => {
  const nothing = new Float32Array(3).fill(Number.NEGATIVE_INFINITY)
  const rows = [row(0.4, 0.5, 0.1), row(0.4, 0.3, 0.3), nothing, row(0.3, 0.3, 0.4), nothing]
  expect(bestPath(DRAFT, rows, [], untouched)).toEqual([])
})
