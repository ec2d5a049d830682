import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import {
  beamSettings,
  checkBeams,
  DecodingError,
  type GenerationInput,
  generationOptions,
  usesBeams,
} from '../../../decoder/index.ts'

const options = (input: GenerationInput) => v.parse(generationOptions, input)

test.each([
  [{}, false],
  [{ num_beams: 1 }, false],
  [{ num_beams: 2 }, true],
  [{ use_beam_search: true }, true],
  [{ use_beam_search: true, num_beams: 1 }, true],
])('%j asks for beam search: %s', (input, expected) => {
  expect(usesBeams(options(input))).toBe(expected)
})

test('4 beams where none are given, more only if so many answers are wanted', () => {
  const width = (input: GenerationInput) => beamSettings(options(input)).width
  expect(width({ use_beam_search: true })).toBe(4)
  expect(width({ use_beam_search: true, num_return_sequences: 3 })).toBe(4)
  expect(width({ use_beam_search: true, num_return_sequences: 6 })).toBe(6)
  expect(width({ num_beams: 2 })).toBe(2)
})

describe('what contradicts itself or would have no effect is refused by name', () => {
  const beams = { num_beams: 4 }
  test.each<[string, GenerationInput]>([
    ['num_beams', { num_beams: 4, use_beam_search: false }],
    ['num_return_sequences', { num_beams: 2, num_return_sequences: 3 }],
    ['num_beam_groups', { num_beams: 5, num_beam_groups: 2, diversity_penalty: 1 }],
    ['diversity_penalty', { ...beams, num_beam_groups: 2 }],
    ['diversity_penalty', { ...beams, diversity_penalty: 1 }],
    ['do_sample', { ...beams, num_beam_groups: 2, diversity_penalty: 1, do_sample: true }],
    ['force_words', { ...beams, force_words: ['a'], do_sample: true }],
    ['mirostat', { ...beams, mirostat: 2 }],
    ['temperature', { ...beams, do_sample: true, temperature: 0 }],
    ['temperature', { ...beams, temperature: 0.7 }],
    ['top_k', { ...beams, top_k: 5 }],
    ['top_p', { ...beams, top_p: 0.9 }],
    ['min_p', { ...beams, min_p: 0.1 }],
    ['typical_p', { ...beams, typical_p: 0.9 }],
    ['xtc_probability', { ...beams, xtc_probability: 0.5 }],
    ['length_penalty', { length_penalty: 2 }],
    ['early_stopping', { early_stopping: true }],
    ['num_return_sequences', { num_return_sequences: 2 }],
    ['num_beam_groups', { num_beam_groups: 2 }],
    ['force_words', { force_words: ['a'] }],
    ['do_sample', { do_sample: false }],
    ['temperature', { do_sample: true, temperature: 0 }],
  ])('%s: %j', (param, input) => {
    const check = () => checkBeams(options(input))
    expect(check).toThrow(DecodingError)
    expect(check).toThrow(expect.objectContaining({ param, code: 'invalid_value' }))
  })

  test.each<GenerationInput>([
    {},
    { temperature: 0 },
    { do_sample: true },
    { do_sample: false, temperature: 0 },
    { length_penalty: 1, early_stopping: false, num_beams: 1 },
    { ...beams, temperature: 0 },
    { ...beams, temperature: 1, top_p: 1, top_k: -1 },
    { ...beams, do_sample: true, temperature: 0.7, top_p: 0.9, top_k: 20 },
    { ...beams, num_beam_groups: 4, diversity_penalty: 0.5 },
  ])('fine: %j', (input) => {
    expect(() => checkBeams(options(input))).not.toThrow()
  })
})
