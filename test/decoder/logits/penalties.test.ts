import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  allowedTokens,
  badWords,
  dry,
  exponentialDecayLengthPenalty,
  frequencyPenalty,
  groupBreakers,
  logitBias,
  noRepeatNgram,
  presencePenalty,
  repetitionPenalty,
  suppressTokens,
} from '../../../decoder/logits/index.ts'
import { isOut, rows, texts, VOCAB } from '../../support/logit-rows.ts'

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
