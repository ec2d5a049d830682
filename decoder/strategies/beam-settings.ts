import { DecodingError } from '../errors.ts'
import type { GenerationOptions } from '../options.ts'
import type { EarlyStopping } from './beam-hypotheses.ts'

export const DEFAULT_BEAMS = 4

export interface BeamSettings {
  /** Beams of each group. */
  width: number
  groups: number
  returned: number
  diversityPenalty: number
  lengthPenalty: number
  earlyStopping: EarlyStopping
  sampled: boolean
}

/** Whether these options ask for beam search. */
export function usesBeams({
  use_beam_search,
  num_beams,
}: Pick<GenerationOptions, 'use_beam_search' | 'num_beams'>): boolean {
  return use_beam_search ?? (num_beams ?? 1) > 1
}

/**
 * A width that was left out is 4, or as many as there shall be answers: the first answer is then the same however many
 * are asked for.
 */
export function beamSettings(options: GenerationOptions): BeamSettings {
  const { num_return_sequences, num_beam_groups } = options
  const beams = options.num_beams ?? Math.max(DEFAULT_BEAMS, num_return_sequences)
  return {
    width: beams / num_beam_groups,
    groups: num_beam_groups,
    returned: num_return_sequences,
    diversityPenalty: options.diversity_penalty,
    lengthPenalty: options.length_penalty,
    earlyStopping: options.early_stopping,
    sampled: options.do_sample ?? false,
  }
}

/**
 * Refuses what would have no effect or contradicts itself. Plain beam search takes the likeliest, so nothing that only
 * shapes a draw goes with it but a temperature of 0 or 1, which clients send with everything.
 *
 * @throws {DecodingError} naming the option at fault
 */
export function checkBeams(options: GenerationOptions): void {
  const { use_beam_search, do_sample, num_beam_groups, num_return_sequences } = options
  if (use_beam_search === false && (options.num_beams ?? 1) > 1) {
    refuse('num_beams', 'num_beams over 1 is beam search, which use_beam_search turns off')
  }
  if (!usesBeams(options)) {
    for (const [name, neutral] of NEUTRAL) {
      const value = options[name]
      if (Array.isArray(value) ? value.length === 0 : value === neutral) continue
      refuse(name, `${name} needs beam search: set num_beams too`)
    }
    if (do_sample === true && options.temperature === 0) {
      refuse('temperature', 'temperature must be over 0 when do_sample is true')
    }
    if (do_sample === false && options.temperature !== 0) {
      refuse('do_sample', 'do_sample is false: set temperature to 0')
    }
    return
  }

  const beams = options.num_beams ?? Math.max(DEFAULT_BEAMS, num_return_sequences)
  if (num_return_sequences > beams) {
    refuse('num_return_sequences', `${beams} beams have no more than ${beams} answers`)
  }
  if (beams % num_beam_groups !== 0) {
    refuse('num_beam_groups', `${beams} beams can't be divided into ${num_beam_groups} groups`)
  }
  if (num_beam_groups > 1 !== options.diversity_penalty > 0) {
    refuse(
      'diversity_penalty',
      'diversity_penalty and num_beam_groups need each other: groups that avoid nothing are copies',
    )
  }
  if (num_beam_groups > 1 && do_sample) {
    refuse('do_sample', 'Groups of beams are not sampled: leave out do_sample or num_beam_groups')
  }
  if ((num_beam_groups > 1 || do_sample) && hasPhrases(options)) {
    refuse('force_words', 'Required words need plain beam search: no groups and no do_sample')
  }
  if (options.mirostat !== 0) refuse('mirostat', 'mirostat follows one text, not several beams')
  if (do_sample && options.temperature === 0) {
    refuse('temperature', 'temperature must be over 0 when do_sample is true')
  }
  if (!do_sample) refuseWarpers(options)
}

const NEUTRAL = [
  ['length_penalty', 1],
  ['early_stopping', false],
  ['num_return_sequences', 1],
  ['num_beam_groups', 1],
  ['diversity_penalty', 0],
  ['force_words', []],
  ['force_words_ids', []],
] as const

const hasPhrases = ({ force_words, force_words_ids }: GenerationOptions) =>
  force_words.length > 0 || force_words_ids.length > 0

function refuseWarpers(options: GenerationOptions): void {
  const { temperature, top_k, top_p, min_p, typical_p, epsilon_cutoff, eta_cutoff } = options
  const active = {
    temperature: temperature !== 0 && temperature !== 1,
    top_k: top_k > 0,
    top_p: top_p < 1,
    min_p: min_p > 0,
    typical_p: typical_p < 1,
    epsilon_cutoff: epsilon_cutoff > 0,
    eta_cutoff: eta_cutoff > 0,
    xtc_probability: options.xtc_probability > 0,
  }
  for (const [name, isActive] of Object.entries(active)) {
    if (!isActive) continue
    refuse(
      name,
      `${name} shapes what is drawn, and beam search draws nothing: leave it out or set do_sample to true`,
    )
  }
}

function refuse(param: string, message: string): never {
  throw new DecodingError(message, 'invalid_value', param)
}
