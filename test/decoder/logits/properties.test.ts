import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  allowedTokens,
  badWords,
  dry,
  epsilonCutoff,
  etaCutoff,
  exponentialDecayLengthPenalty,
  frequencyPenalty,
  groupBreakers,
  type Logits,
  logitBias,
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

const logits = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
  minLength: 1,
  maxLength: 40,
})
const kept = (row: Logits) => [...row].filter((x) => x > Number.NEGATIVE_INFINITY)
const softmax = (row: number[]) => {
  const weights = row.map((x) => Math.exp(x - Math.max(...row)))
  const sum = weights.reduce((a, b) => a + b)
  return weights.map((w) => w / sum)
}

test('a temperature near 0 is nearly greedy, never infinite', () => {
  for (const best of [3, -3]) {
    const row = Float32Array.of(best, best - 1, best)
    temperature(row, 5e-324)
    expect([...row]).toEqual([0, Number.NEGATIVE_INFINITY, 0])
  }
})

test('top-k keeps the k largest, more only for ties', () => {
  fc.assert(
    fc.property(logits, fc.integer({ min: 1, max: 50 }), (values, k) => {
      const row = Float64Array.from(values)
      topK(row, k)
      const largest = [...values].sort((a, b) => b - a).slice(0, k)
      expect(new Set(kept(row))).toEqual(new Set(largest.map((x) => x)))
    }),
    { seed: 4 },
  )
})

test('top-p keeps enough mass, and no token too many', () => {
  fc.assert(
    fc.property(logits, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, p) => {
      const row = Float64Array.from(values)
      topP(row, p)
      const mass = (keep: (x: number) => boolean) =>
        softmax(values).reduce((sum, prob, i) => sum + (keep(values[i]!) ? prob : 0), 0)
      const border = Math.min(...kept(row))
      expect(mass((x) => x >= border)).toBeGreaterThanOrEqual(p - 1e-9)
      expect(mass((x) => x > border)).toBeLessThan(p + 1e-9)
    }),
    { seed: 5 },
  )
})

test('min-p keeps exactly what is p times as likely as the best', () => {
  fc.assert(
    fc.property(logits, fc.double({ min: 0.001, max: 1, noNaN: true }), (values, p) => {
      const row = Float64Array.from(values)
      minP(row, p)
      const best = Math.max(...values)
      for (const [i, value] of values.entries()) {
        const ratio = Math.exp(value - best)
        if (Math.abs(ratio - p) > 1e-9) expect(row[i]! > Number.NEGATIVE_INFINITY).toBe(ratio > p)
      }
    }),
    { seed: 6 },
  )
})

const VOCAB = 12
const rows = fc.array(fc.double({ min: -20, max: 20, noNaN: true }), {
  minLength: VOCAB,
  maxLength: VOCAB,
})
/** Few different tokens, so that texts repeat themselves. */
const texts = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 })
const isOut = (value: number) => value === Number.NEGATIVE_INFINITY

test('typical-p keeps the most typical, enough of them and no more', () => {
  fc.assert(
    fc.property(logits, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (values, p) => {
      const row = Float64Array.from(values)
      typicalP(row, p)
      const probabilities = softmax(values)
      const entropy = probabilities.reduce((sum, q) => sum - (q > 0 ? q * Math.log(q) : 0), 0)
      const distance = probabilities.map((q) => Math.abs(-Math.log(q) - entropy))
      const farthest = Math.max(...distance.filter((_, id) => !isOut(row[id]!)))
      const mass = (keep: (id: number) => boolean) =>
        probabilities.reduce((sum, q, id) => sum + (keep(id) ? q : 0), 0)
      expect(mass((id) => !isOut(row[id]!))).toBeGreaterThanOrEqual(p - 1e-9)
      expect(mass((id) => distance[id]! < farthest - 1e-9)).toBeLessThan(p + 1e-9)
    }),
    { seed: 7 },
  )
})

test.each([
  ['epsilon', epsilonCutoff, (epsilon: number) => epsilon],
  [
    'eta',
    etaCutoff,
    (epsilon: number, entropy: number) =>
      Math.min(epsilon, Math.sqrt(epsilon) * Math.exp(-entropy)),
  ],
] as const)('%s cutoff keeps what reaches its bound, and the best', (_, cutoff, bound) => {
  fc.assert(
    fc.property(logits, fc.double({ min: 1e-4, max: 0.99, noNaN: true }), (values, epsilon) => {
      const row = Float64Array.from(values)
      cutoff(row, epsilon)
      const probabilities = softmax(values)
      const entropy = probabilities.reduce((sum, q) => sum - (q > 0 ? q * Math.log(q) : 0), 0)
      const border = bound(epsilon, entropy)
      for (const [id, q] of probabilities.entries()) {
        const isBest = values[id] === Math.max(...values)
        if (isBest || q > border + 1e-9) expect(row[id]).toBe(values[id])
        else if (q < border - 1e-9) expect(row[id]).toBe(Number.NEGATIVE_INFINITY)
      }
    }),
    { seed: 8 },
  )
})

// huggingface/transformers#2302
test('a repetition penalty over 1 lowers what was seen, whatever the sign; under 1 it raises', () => {
  const penalties = fc
    .double({ min: 0.1, max: 10, noNaN: true })
    .filter((p) => Math.abs(p - 1) > 1e-6)
  fc.assert(
    fc.property(rows, texts, penalties, (values, tokens, penalty) => {
      const row = Float64Array.from(values)
      repetitionPenalty(row, tokens, penalty)
      for (const [id, value] of values.entries()) {
        if (Math.abs(value) < 1e-300) continue // nothing to divide
        if (!tokens.includes(id)) expect(row[id]).toBe(value)
        else if (penalty > 1) expect(row[id]).toBeLessThan(value)
        else expect(row[id]).toBeGreaterThan(value)
      }
    }),
    { seed: 9 },
  )
})

test('frequency counts each time, presence the first alone', () => {
  const penalties = fc.double({ min: -2, max: 2, noNaN: true })
  fc.assert(
    fc.property(rows, texts, penalties, penalties, (values, tokens, frequency, presence) => {
      const row = Float64Array.from(values)
      frequencyPenalty(row, tokens, frequency)
      presencePenalty(row, tokens, presence)
      for (const [id, value] of values.entries()) {
        const count = tokens.filter((token) => token === id).length
        expect(row[id]).toBeCloseTo(value - frequency * count - presence * Math.min(count, 1), 9)
      }
    }),
    { seed: 10 },
  )
})

test('no-repeat n-gram rules out exactly what would repeat a run', () => {
  fc.assert(
    fc.property(rows, texts, fc.integer({ min: 1, max: 5 }), (values, tokens, size) => {
      const row = Float64Array.from(values)
      noRepeatNgram(row, tokens, size)
      const runs = (text: number[]) =>
        text
          .slice(0, Math.max(0, text.length - size + 1))
          .map((_, i) => `${text.slice(i, i + size)}`)
      const seen = new Set(runs(tokens))
      for (const id of values.keys()) {
        const made = tokens.length + 1 >= size && seen.has(runs([...tokens, id]).at(-1)!)
        expect(isOut(row[id]!)).toBe(made)
      }
    }),
    { seed: 11 },
  )
})

test('a text drawn without bad words has none', () => {
  const sequences = fc.array(
    fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }),
  )
  fc.assert(
    fc.property(rows, texts, sequences, (values, tokens, words) => {
      const row = Float64Array.from(values)
      badWords(row, tokens, words)
      const endsWith = (text: number[], word: number[]) =>
        text.length >= word.length && `${text.slice(-word.length)}` === `${word}`
      for (const id of values.keys()) {
        expect(isOut(row[id]!)).toBe(words.some((word) => endsWith([...tokens, id], word)))
      }
    }),
    { seed: 12 },
  )
})

test('bias, suppressed and allowed tokens touch their own tokens alone', () => {
  const ids = fc.uniqueArray(fc.integer({ min: 0, max: VOCAB - 1 }))
  fc.assert(
    fc.property(rows, ids, fc.integer({ min: -100, max: 100 }), (values, chosen, bias) => {
      const biased = Float64Array.from(values)
      logitBias(biased, new Map(chosen.map((id) => [id, bias])))
      const suppressed = Float64Array.from(values)
      suppressTokens(suppressed, chosen)
      const allowed = Float64Array.from(values)
      allowedTokens(allowed, new Set(chosen))
      for (const [id, value] of values.entries()) {
        const isChosen = chosen.includes(id)
        expect(biased[id]).toBe(isChosen ? value + bias : value)
        expect(suppressed[id]).toBe(isChosen ? Number.NEGATIVE_INFINITY : value)
        expect(allowed[id]).toBe(isChosen ? value : Number.NEGATIVE_INFINITY)
      }
    }),
    { seed: 13 },
  )
})

test('the end grows likelier with every token, and stays finite in single precision', () => {
  const lengths = fc.integer({ min: 0, max: 5000 })
  fc.assert(
    fc.property(rows, lengths, lengths, (values, a, b) => {
      const [sooner, later] = [Math.min(a, b), Math.max(a, b)].map((generated) => {
        const row = Float32Array.from(values)
        exponentialDecayLengthPenalty(row, generated, { start: 10, factor: 1.5, eosIds: [2] })
        return row
      })
      expect(later![2]).toBeGreaterThanOrEqual(sooner![2]!)
      expect(later!.every(Number.isFinite)).toBe(true)
      expect(later!.filter((_, id) => id !== 2)).toEqual(
        Float32Array.from(values).filter((_, id) => id !== 2),
      )
    }),
    { seed: 14 },
  )
})

test('an end token that was ruled out stays so', () => {
  const row = Float32Array.of(Number.NEGATIVE_INFINITY, 1)
  exponentialDecayLengthPenalty(row, 100, { start: 1, factor: 2, eosIds: [0] })
  expect(row[0]).toBe(Number.NEGATIVE_INFINITY)
})

test('DRY only ever lowers, and only tokens that the text has', () => {
  const settings = { multiplier: 1, base: 1.75, lastN: -1 }
  fc.assert(
    fc.property(rows, texts, fc.integer({ min: 1, max: 4 }), (values, tokens, allowedLength) => {
      const row = Float64Array.from(values)
      dry(row, tokens, { ...settings, allowedLength, breakers: groupBreakers([]) })
      for (const [id, value] of values.entries()) {
        expect(row[id]).toBeLessThanOrEqual(value)
        if (!tokens.includes(id)) expect(row[id]).toBe(value)
      }
      // A breaker at the end leaves nothing to prolong.
      if (tokens.length === 0) return
      const broken = Float64Array.from(values)
      const breakers = groupBreakers([[tokens.at(-1)!]])
      dry(broken, tokens, { ...settings, allowedLength, breakers })
      expect([...broken]).toEqual(values)
    }),
    { seed: 15 },
  )
})

test('DRY takes a long repetitive text in its stride', () => {
  const row = new Float32Array(4)
  const settings = { multiplier: 1, base: 1.75, allowedLength: 2, lastN: -1 }
  dry(row, new Array(200_000).fill(1), { ...settings, breakers: groupBreakers([[3, 3]]) })
  expect([...row.subarray(2)]).toEqual([0, 0])
  expect(row[1]).toBeLessThan(-1e37)
})

test('XTC leaves at least one top choice and everything below it, as often as asked', () => {
  fc.assert(
    fc.property(rows, fc.double({ min: 0, max: 0.5, noNaN: true }), (values, threshold) => {
      const row = Float64Array.from(values)
      xtc(row, { probability: 1, threshold }, new Random(3))
      const probabilities = softmax(values)
      const top = probabilities.filter((q) => q >= threshold).length
      expect(kept(row).length).toBe(values.length - Math.max(0, top - 1))
    }),
    { seed: 16 },
  )
  const random = new Random(5)
  let applied = 0
  for (let i = 0; i < 10_000; i++) {
    const row = Float64Array.of(0, 0, -5)
    xtc(row, { probability: 0.3, threshold: 0.1 }, random)
    if (kept(row).length === 2) applied++
  }
  expect(Math.abs(applied - 3000)).toBeLessThan(3.3 * Math.sqrt(10_000 * 0.3 * 0.7))
})

test('mirostat keeps what is no more surprising than its bound, and the best', () => {
  fc.assert(
    fc.property(rows, fc.double({ min: -2, max: 20, noNaN: true }), (values, mu) => {
      const row = Float64Array.from(values)
      mirostatTruncation(row, mu)
      const probabilities = softmax(values)
      expect(isOut(row[values.indexOf(Math.max(...values))]!)).toBe(false)
      for (const [id, q] of probabilities.entries()) {
        const surprise = -Math.log2(q)
        if (surprise < mu - 1e-9) expect(row[id]).toBe(values[id])
        else if (surprise > mu + 1e-9 && values[id]! < Math.max(...values))
          expect(row[id]).toBe(Number.NEGATIVE_INFINITY)
      }
    }),
    { seed: 17 },
  )
})

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
