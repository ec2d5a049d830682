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

test.each<Record<string, unknown>>([
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
  { repetition_penalty: 0 },
  { repetition_penalty: -1 },
  { frequency_penalty: 2.1 },
  { frequency_penalty: -2.1 },
  { presence_penalty: Number.NaN },
  { no_repeat_ngram_size: -1 },
  { no_repeat_ngram_size: 1.5 },
  { dry_multiplier: -1 },
  { dry_base: 0.9 },
  { dry_allowed_length: -1 },
  { dry_penalty_last_n: -2 },
  { dry_sequence_breakers: [''] },
  { exponential_decay_length_penalty: [1] },
  { exponential_decay_length_penalty: [1, 2, 3] },
  { exponential_decay_length_penalty: [-1, 2] },
  { exponential_decay_length_penalty: [1, 0] },
  { logit_bias: { hello: 1 } },
  { logit_bias: { '-1': 1 } },
  { logit_bias: { 1.5: 1 } },
  { logit_bias: { 5: 1e9 } },
  { logit_bias: { 5: null } },
  { logit_bias: { 5: '1' } },
  { logit_bias: [1] },
  { logit_bias: Object.fromEntries(Array.from({ length: 301 }, (_, id) => [id, 1])) },
  { bad_words: [''] },
  { bad_words: 'word' },
  { bad_words_ids: [[]] },
  { bad_words_ids: [3] },
  { suppress_tokens: [-1] },
  { suppress_tokens: [0.5] },
  { allowed_token_ids: [] },
  { forced_bos_token_id: -1 },
  { forced_eos_token_id: [] },
  { typical_p: 0 },
  { typical_p: 1.1 },
  { epsilon_cutoff: 1 },
  { eta_cutoff: -0.1 },
  { xtc_probability: 1.1 },
  { xtc_threshold: -0.1 },
  { mirostat: 1 },
  { mirostat_tau: -1 },
  { mirostat_eta: 1.1 },
])('%j is refused', (input) => {
  const result = v.safeParse(generationOptions, input)
  expect(result.success).toBe(false)
  expect(v.getDotPath(result.issues![0])).toMatch(new RegExp(`^${Object.keys(input)[0]}`))
})
