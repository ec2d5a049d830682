import { expect, test } from 'vitest'
import { likeliest } from '../../../decoder/lookup/index.ts'

/** ln p of declining, where the odds of not doing so are e^logOdds. */
const at = (nearness: number, logOdds: number) => ({
  nearness,
  declining: -Math.log1p(Math.exp(logOdds)),
})

test.each<[string, ReturnType<typeof at>[], number]>([
  ['the nearer of those that the model thinks the same of', [at(1, 2), at(1.01, 2)], 1],
  ['the one that the model would sooner answer, of those as near', [at(1, -1), at(1, 1)], 1],
  ['a tenth of nearness weighs as much as a nat: less', [at(1.1, 0), at(1, 0.9)], 0],
  ['a tenth of nearness weighs as much as a nat: more', [at(1.1, 0), at(1, 1.1)], 1],
  ['being surer than eight nats counts no more', [at(1.01, 8), at(1, 30)], 0],
  ['nor does being as sure of the contrary', [at(2, -8), at(2.01, -30)], 1],
  ['the first of equals', [at(1, 1), at(1, 1)], 0],
])('%s', (_, prompts, index) => {
  expect(likeliest(prompts)).toBe(prompts[index])
})

test('a model that is quite sure, either way', () => {
  const declines = { nearness: 1, declining: 0 }
  const answers = { nearness: 1, declining: Number.NEGATIVE_INFINITY }
  expect(likeliest([declines, answers])).toBe(answers)
  const near = { ...declines, nearness: 2.7 }
  expect(likeliest([near, answers])).toBe(near)
})

test('none, where even the likeliest is not likely', () => {
  expect(likeliest([])).toBeUndefined()
  expect(likeliest([at(0.5, 2.9), at(0.7, 0.9)])).toBeUndefined()
  const [first, second] = [at(0.5, 2.9), at(0.7, 1.3)]
  expect(likeliest([first, second])).toBe(second)
})
