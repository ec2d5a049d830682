import { describe, expect, test } from 'vitest'
import {
  badWords,
  dry,
  epsilonCutoff,
  etaCutoff,
  exponentialDecayLengthPenalty,
  forcedBos,
  forcedEos,
  frequencyPenalty,
  groupBreakers,
  type Logits,
  logitBias,
  MirostatV2,
  minP,
  mirostatTruncation,
  noRepeatNgram,
  presencePenalty,
  repetitionPenalty,
  suppressTokens,
  temperature,
  topK,
  topP,
  typicalP,
  xtc,
} from '../../../decoder/logits/index.ts'
import { Random } from '../../../decoder/numerics/random.ts'
import fixtures from '../../fixtures/decoding.json' with { type: 'json' }
import oracle from '../../fixtures/logits-processors.json' with { type: 'json' }

// biome-ignore lint/suspicious/noExplicitAny: each kind of case has parameters of its own
type Params = any

const PROCESSORS: Record<string, (logits: Logits, params: Params, tokens: number[]) => void> = {
  temperature: (logits, params) => temperature(logits, params.temperature),
  topK: (logits, params) => topK(logits, params.topK),
  topP: (logits, params) => topP(logits, params.topP),
  minP: (logits, params) => minP(logits, params.minP),
  typicalP: (logits, params) => typicalP(logits, params.typicalP),
  epsilonCutoff: (logits, params) => epsilonCutoff(logits, params.epsilonCutoff),
  etaCutoff: (logits, params) => etaCutoff(logits, params.etaCutoff),
  repetitionPenalty: (logits, params, tokens) =>
    repetitionPenalty(logits, tokens, params.repetitionPenalty),
  frequencyPresencePenalty: (logits, params, tokens) => {
    frequencyPenalty(logits, tokens, params.frequencyPenalty)
    presencePenalty(logits, tokens, params.presencePenalty)
  },
  noRepeatNgram: (logits, params, tokens) =>
    noRepeatNgram(logits, tokens, params.noRepeatNgramSize),
  badWords: (logits, params, tokens) => badWords(logits, tokens, params.sequences),
  logitBias: (logits, params) =>
    logitBias(
      logits,
      new Map(Object.entries(params.bias).map(([id, bias]) => [Number(id), Number(bias)])),
    ),
  suppressTokens: (logits, params) => suppressTokens(logits, params.ids),
  forcedBos: (logits, params, tokens) => forcedBos(logits, tokens.length, params.id),
  forcedEos: (logits, params, tokens) =>
    forcedEos(logits, params.maxLength - tokens.length, params.ids),
  exponentialDecayLengthPenalty: (logits, params, tokens) =>
    exponentialDecayLengthPenalty(
      logits,
      params.currentLength ?? tokens.length - params.promptLength,
      {
        start: params.startIndex,
        factor: params.decayFactor,
        eosIds: params.eosIds ?? [params.eosTokenId],
      },
    ),
  mirostatV2Truncation: (logits, params) => mirostatTruncation(logits, params.mu),
}

function expectLogits(row: Logits, expected: readonly (number | null)[]) {
  for (const [id, value] of expected.entries()) {
    if (value === null) expect(row[id], `token ${id}`).toBe(Number.NEGATIVE_INFINITY)
    else expect(row[id], `token ${id}`).toBeCloseTo(value, 8)
  }
}

interface Case {
  processor: string
  params: object
  logits: number[]
  input_ids?: number[]
  expected: (number | null)[]
}

describe.each([
  ['values computed apart from this project', fixtures.processors as Case[]],
  ['Hugging Face transformers', oracle.hugging_face as Case[]],
])('%s', (_, cases) => {
  test.each(cases.map((entry, index) => ({ ...entry, index })))(
    '$index $processor $params',
    ({ processor, params, logits, input_ids, expected }) => {
      const row = Float64Array.from(logits)
      PROCESSORS[processor]!(row, params, input_ids ?? [])
      expectLogits(row, expected)
    },
  )
})

test.each(oracle.dry.map((entry, index) => ({ ...entry, index })))(
  'DRY by its definition: $index $params',
  ({ params, input_ids, logits, expected }) => {
    const row = Float64Array.from(logits)
    dry(row, input_ids, { ...params, breakers: groupBreakers(params.breakers) })
    expectLogits(row, expected)
  },
)

test.each(oracle.xtc.map((entry, index) => ({ ...entry, index })))(
  'XTC by its definition: $index threshold $threshold',
  ({ threshold, logits, expected }) => {
    const row = Float64Array.from(logits)
    xtc(row, { probability: 1, threshold }, new Random(1))
    expectLogits(row, expected)
  },
)

test.each(oracle.mirostat)('mirostat by its definition: tau $tau, eta $eta', (entry) => {
  const mirostat = new MirostatV2(entry.tau, entry.eta)
  for (const { logits, kept, picked } of entry.steps) {
    const row = Float64Array.from(logits)
    mirostat.truncate(row)
    expect([...row.keys()].filter((id) => row[id]! > Number.NEGATIVE_INFINITY)).toEqual(kept)
    mirostat.accept(row, picked)
  }
})

test('out of range is refused by name', () => {
  const row = Float32Array.of(1, 2)
  expect(() => temperature(row, 0)).toThrow(/temperature must be above 0/)
  expect(() => temperature(row, Number.NaN)).toThrow(/temperature/)
  expect(() => topK(row, 0)).toThrow(/top_k/)
  expect(() => topK(row, 1.5)).toThrow(/top_k/)
  expect(() => topP(row, 1.1)).toThrow(/top_p/)
  expect(() => minP(row, -0.1)).toThrow(/min_p/)
  expect(() => typicalP(row, 0)).toThrow(/typical_p/)
  expect(() => typicalP(row, 1.1)).toThrow(/typical_p/)
  expect(() => epsilonCutoff(row, 1)).toThrow(/epsilon_cutoff/)
  expect(() => etaCutoff(row, -0.1)).toThrow(/eta_cutoff/)
  expect(() => repetitionPenalty(row, [0], 0)).toThrow(/repetition_penalty/)
  expect(() => noRepeatNgram(row, [0], 1.5)).toThrow(/no_repeat_ngram_size/)
  const endless = { start: 0, factor: 0, eosIds: [0] }
  expect(() => exponentialDecayLengthPenalty(row, 1, endless)).toThrow(/factor must be above 0/)
})
