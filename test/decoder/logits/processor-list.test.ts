import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import {
  type GenerationInput,
  generationOptions,
  logitsProcessors,
  logitsWarpers,
} from '../../../decoder/index.ts'
import { Random } from '../../../decoder/numerics/random.ts'
import { tokenStop } from '../../../decoder/stopping/token-stop.ts'
import oracle from '../../fixtures/logits-processors.json' with { type: 'json' }

const config = {
  vocabSize: 24,
  contextLength: 64,
  bosId: 1,
  eosIds: [0],
  parameters: 1,
  fingerprint: '',
}

/** All that happens to a row of logits before a token is chosen. */
function process(
  input: GenerationInput,
  promptLength: number,
  tokens: number[],
  row: Float64Array,
) {
  const options = v.parse(generationOptions, input)
  const stop = tokenStop(config, options, promptLength)
  stop.ban(row, tokens.length)
  const context = { config, promptLength, limit: stop.limit }
  for (const change of logitsProcessors(options, context)) change(row, tokens)
  for (const change of logitsWarpers(options, new Random(1))) change(row, tokens)
  return row
}

test.each(oracle.chains.map((chain, index) => ({ ...chain, index })))(
  'in the order of Hugging Face generate: $index $options',
  ({ options, prompt_length, input_ids, logits, expected }) => {
    const input = options as unknown as GenerationInput
    const row = process(input, prompt_length, input_ids, Float64Array.from(logits))
    for (const [id, value] of expected.entries()) {
      if (value === null) expect(row[id], `token ${id}`).toBe(Number.NEGATIVE_INFINITY)
      else expect(row[id], `token ${id}`).toBeCloseTo(value, 8)
    }
  },
)

test('nothing asked for is nothing done', () => {
  const options = v.parse(generationOptions, {})
  expect(logitsProcessors(options, { config, promptLength: 1, limit: 9 })).toEqual([])
  expect(logitsWarpers(options, new Random(1))).toEqual([])
})

test('greedy decoding has processors, but no warpers', () => {
  const options = v.parse(generationOptions, {
    temperature: 0,
    presence_penalty: 1,
    typical_p: 0.5,
    xtc_probability: 1,
    top_k: 2,
  })
  expect(logitsProcessors(options, { config, promptLength: 1, limit: 9 })).toHaveLength(1)
  expect(logitsWarpers(options, new Random(1))).toEqual([])
})

test('frequency and presence count what was generated, repetition the prompt too', () => {
  const zeros = () => new Float64Array(24)
  const after = (input: GenerationInput) => [...process(input, 3, [5, 5, 6, 7, 7], zeros().fill(2))]
  const changed = (row: number[]) => [...row.keys()].filter((id) => row[id] !== 2)
  expect(changed(after({ frequency_penalty: 1 }))).toEqual([7])
  expect(after({ frequency_penalty: 1 })[7]).toBe(0)
  expect(changed(after({ presence_penalty: 1 }))).toEqual([7])
  expect(after({ presence_penalty: 1 })[7]).toBe(1)
  expect(changed(after({ repetition_penalty: 2 }))).toEqual([5, 6, 7])
})

test('an end token alone can’t be a bad word, but a longer one may end with it', () => {
  const out = (input: GenerationInput) => {
    const row = process(input, 1, [4], new Float64Array(24))
    return [...row.keys()].filter((id) => row[id] === Number.NEGATIVE_INFINITY)
  }
  expect(out({ bad_words_ids: [[0], [9]] })).toEqual([9])
  expect(out({ bad_words_ids: [[4, 0]] })).toEqual([0])
})

test('where the end is ignored it isn’t made likelier', () => {
  const input = { exponential_decay_length_penalty: [0, 2] as [number, number] }
  const row = () => Float64Array.from({ length: 24 }, () => 1)
  expect(process(input, 1, [4, 4, 4], row())[0]).toBe(4)
  expect(process({ ...input, ignore_eos: true }, 1, [4, 4, 4], row())[0]).toBe(1)
})

test('no setting makes a number that is none, nor infinite', () => {
  const id = fc.integer({ min: 0, max: 23 })
  const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })
  const unit = between(0, 0.999)
  const input = fc.record(
    {
      temperature: between(0, 2),
      repetition_penalty: between(0.01, 100),
      frequency_penalty: between(-2, 2),
      presence_penalty: between(-2, 2),
      no_repeat_ngram_size: fc.integer({ min: 0, max: 4 }),
      dry_multiplier: between(0, 100),
      dry_base: between(1, 100),
      dry_allowed_length: fc.integer({ min: 0, max: 4 }),
      dry_penalty_last_n: fc.integer({ min: -1, max: 40 }),
      dry_sequence_breaker_ids: fc.array(fc.array(id, { minLength: 1, maxLength: 2 })),
      exponential_decay_length_penalty: fc.tuple(
        fc.integer({ min: 0, max: 50 }),
        between(0.01, 100),
      ),
      logit_bias: fc.dictionary(id.map(String), between(-100, 100)),
      bad_words_ids: fc.array(fc.array(id, { minLength: 1, maxLength: 3 })),
      suppress_tokens: fc.array(id, { maxLength: 5 }),
      allowed_token_ids: fc.array(id, { minLength: 1 }),
      forced_eos_token_id: id,
      min_tokens: fc.integer({ min: 0, max: 40 }),
      max_tokens: fc.integer({ min: 40, max: 45 }),
      typical_p: between(0.001, 1),
      epsilon_cutoff: unit,
      eta_cutoff: unit,
      min_p: unit,
      top_p: unit,
      xtc_probability: unit,
      xtc_threshold: unit,
    },
    { requiredKeys: [] },
  )
  const rows = fc.array(between(-1e4, 1e4), { minLength: 24, maxLength: 24 })
  const texts = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 40 })
  fc.assert(
    fc.property(
      input,
      rows,
      texts,
      fc.integer({ min: 1, max: 3 }),
      (options, values, tokens, n) => {
        const row = Float32Array.from(values)
        const parsed = v.parse(generationOptions, options)
        const stop = tokenStop(config, parsed, n)
        stop.ban(row, tokens.length)
        const context = { config, promptLength: n, limit: stop.limit }
        for (const change of logitsProcessors(parsed, context)) change(row, tokens)
        expect(row.every((logit) => logit < Number.POSITIVE_INFINITY)).toBe(true)
        const left = row.filter((logit) => logit > Number.NEGATIVE_INFINITY).length
        if (left === 0) return
        for (const change of logitsWarpers(parsed, new Random(1))) change(row, tokens)
        expect(row.every((logit) => logit < Number.POSITIVE_INFINITY)).toBe(true)
        const after = row.filter((logit) => logit > Number.NEGATIVE_INFINITY).length
        expect(after).toBeGreaterThan(0)
        expect(after).toBeLessThanOrEqual(left)
      },
    ),
    { seed: 19, numRuns: 1000 },
  )
})
