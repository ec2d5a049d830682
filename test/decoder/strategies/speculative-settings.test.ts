import * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  checkSpeculative,
  DecodingError,
  type GenerationInput,
  generationOptions,
} from '../../../decoder/index.ts'
import { HeadedModel, markovModel } from '../../support/markov-model.ts'

const plain = markovModel(4, 1)
const check = (input: GenerationInput, model = plain, draft: typeof plain | null = null) =>
  checkSpeculative(v.parse(generationOptions, input), model, draft)

test.each<[string, GenerationInput]>([
  ['speculative', { speculative: { method: 'ngram' }, num_beams: 2 }],
  ['speculative', { speculative: { method: 'ngram' }, use_beam_search: true }],
  ['speculative.method', { speculative: { method: 'draft_model' } }],
  ['speculative.method', { speculative: { method: 'mtp' } }],
  ['speculative.widths', { speculative: { method: 'lookahead', widths: [2] } }],
  ['speculative.branches', { speculative: { method: 'ngram', branches: 2 } }],
  ['speculative.acceptance', { speculative: { method: 'ngram', acceptance: 'search' } }],
  ['speculative.threshold', { speculative: { method: 'ngram', acceptance: 'threshold' } }],
  ['speculative.threshold', { speculative: { method: 'ngram', threshold: 0.4 } }],
  [
    'speculative.threshold',
    { speculative: { method: 'tree', acceptance: 'search', threshold: 0.4 } },
  ],
  ['semi_autoregressive', { semi_autoregressive: { chunk_size: 2 } }],
  ['semi_autoregressive', { semi_autoregressive: { chunk_size: 2 }, temperature: 0, num_beams: 2 }],
  [
    'semi_autoregressive',
    { semi_autoregressive: { chunk_size: 2 }, temperature: 0, speculative: { method: 'ngram' } },
  ],
])('%s is at fault in %j', (param, input) => {
  try {
    check(input)
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(DecodingError)
    expect(error).toMatchObject({ param, code: 'invalid_value' })
  }
})

test.each<[GenerationInput]>([
  [{}],
  [{ speculative: { method: 'ngram', acceptance: 'threshold', threshold: 0.4 } }],
  [{ speculative: { method: 'tree', widths: [3], branches: 2, acceptance: 'search' } }],
  [{ speculative: { method: 'lookahead' }, num_beams: 1 }],
  [{ semi_autoregressive: { chunk_size: 2, passes: 1 }, temperature: 0 }],
])('%j goes', (input) => {
  expect(() => check(input)).not.toThrow()
})

test('with a draft model or heads, their methods go', () => {
  expect(() => check({ speculative: { method: 'draft_model' } }, plain, plain)).not.toThrow()
  expect(() => check({ speculative: { method: 'mtp' } }, new HeadedModel(4, 1))).not.toThrow()
})
