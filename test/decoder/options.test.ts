import * as v from 'valibot'
import { expect, test } from 'vitest'
import { generationOptions } from '../../decoder/index.ts'

test('nothing given: defaults', () => {
  expect(v.parse(generationOptions, {})).toMatchObject({
    temperature: 1,
    top_p: 1,
    top_k: 0,
    min_p: 0,
    min_tokens: 0,
    ignore_eos: false,
  })
})

test('null is as good as absent', () => {
  expect(v.parse(generationOptions, { temperature: null, stop: null }).temperature).toBe(1)
})

test.each([
  { temperature: -0.1 },
  { temperature: 2.1 },
  { temperature: Number.NaN },
  { temperature: Number.POSITIVE_INFINITY },
  { temperature: '1' },
  { top_p: 1.01 },
  { top_p: -1 },
  { top_k: 1.5 },
  { top_k: -2 },
  { min_p: 2 },
  { seed: 0.5 },
  { seed: 2 ** 53 },
  { max_tokens: -1 },
  { stop: '' },
  { stop: ['a', 'b', 'c', 'd', 'e'] },
  { stop_token_ids: [-1] },
  { top_logprobs: 21 },
])('%j is refused', (input) => {
  const result = v.safeParse(generationOptions, input)
  expect(result.success).toBe(false)
  expect(v.getDotPath(result.issues![0])).toMatch(new RegExp(`^${Object.keys(input)[0]}`))
})
