/** Rows of logits and texts for properties of the processors, and what is read from them. */

import fc from 'fast-check'
import type { Logits } from '../../decoder/logits/index.ts'

export const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
  minLength: 1,
  maxLength: 40,
})

export const kept = (row: Logits) => [...row].filter((x) => x > Number.NEGATIVE_INFINITY)

export const softmax = (row: number[]) => {
  const weights = row.map((x) => Math.exp(x - Math.max(...row)))
  const sum = weights.reduce((a, b) => a + b)
  return weights.map((w) => w / sum)
}

export const VOCAB = 12

export const rows = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
  minLength: VOCAB,
  maxLength: VOCAB,
})

/** Few different tokens, so that texts repeat themselves. */
export const texts = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 })

export const isOut = (value: number) => value === Number.NEGATIVE_INFINITY
