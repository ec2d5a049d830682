import { expect, test } from 'vitest'
import { agrees } from '../../../runtimes/transformers/webgpu-check.ts'
import { TableModel } from '../../support/table-model.ts'

const VOCABULARY = 97

/** Logits as models have them: from -5 to 5, and other ones after each past. */
const row = (tokens: readonly number[]) => {
  const state = tokens.reduce((sum, id, index) => sum + id * (index + 3), 1)
  return Array.from({ length: VOCABULARY }, (_, id) => 5 * Math.sin(state + id * 1.7))
}
const reference = () => new TableModel(row)
const changed = (change: (value: number, id: number, length: number) => number) =>
  new TableModel((tokens) => row(tokens).map((value, id) => change(value, id, tokens.length)))

test.each([
  ['the same', (value: number) => value],
  ['half floats’ rounding', (value: number) => Math.round(value * 200) / 200],
  ['one rounding error in a row', (value: number, id: number) => value + (id === 9 ? 0.2 : 0)],
])('trusts %s', async (_, change) => {
  expect(await agrees(changed(change), reference())).toBe(true)
})

test.each([
  ['zeros', () => 0],
  ['NaN', (value: number, id: number) => (id === 3 ? Number.NaN : value)],
  ['infinity', (value: number, id: number) => (id === 3 ? Infinity : value)],
  ['other numbers', (value: number, id: number) => value + Math.sin(id)],
  ['rows of other words', (_: number, id: number) => 5 * Math.cos(id)],
  [
    'right numbers without the cache, wrong ones with it',
    (value: number, _: number, length: number) => (length > 8 ? -value : value),
  ],
])('does not trust %s', async (_, change) => {
  expect(await agrees(changed(change), reference())).toBe(false)
})
