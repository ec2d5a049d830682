import { expect, test } from 'vitest'
import {
  badWords,
  dry,
  epsilonCutoff,
  etaCutoff,
  exponentialDecayLengthPenalty,
  frequencyPenalty,
  groupBreakers,
  minP,
  presencePenalty,
  repetitionPenalty,
  temperature,
  topK,
  topP,
  typicalP,
  xtc,
} from '../../../decoder/logits/index.ts'
import { Random } from '../../../decoder/numerics/random.ts'

test('settings that mean "off" change no bit', () => {
  const row = Float32Array.of(0.1, -3.3, 7, -0)
  const before = row.slice()
  temperature(row, 1)
  topK(row, 4)
  topP(row, 1)
  minP(row, 0)
  typicalP(row, 1)
  epsilonCutoff(row, 0)
  etaCutoff(row, 0)
  repetitionPenalty(row, [0, 1, 2, 3], 1)
  frequencyPenalty(row, [0, 1, 2, 3], 0)
  presencePenalty(row, [0, 1, 2, 3], 0)
  dry(row, [1, 1, 1, 1, 1], {
    multiplier: 0,
    base: 2,
    allowedLength: 1,
    lastN: -1,
    breakers: groupBreakers([]),
  })
  exponentialDecayLengthPenalty(row, 50, { start: 1, factor: 1, eosIds: [0, 1, 3] })
  xtc(row, { probability: 0, threshold: 0.1 }, new Random(1))
  xtc(row, { probability: 1, threshold: 0.6 }, new Random(1))
  badWords(row, [0], [[1, 2]])
  expect(new Uint32Array(row.buffer)).toEqual(new Uint32Array(before.buffer))
})
