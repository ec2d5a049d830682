import fc from 'fast-check'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { type GenerationInput, generationOptions, TokenSampler } from '../../../decoder/index.ts'
import { Random } from '../../../decoder/numerics/random.ts'

const sampler = (input: GenerationInput, seed = 1) =>
  new TokenSampler(v.parse(generationOptions, input), new Random(seed))

test('greedy takes the best of what is left, whatever the warpers are set to', () => {
  const logits = Float32Array.of(1, 3, Number.NEGATIVE_INFINITY, 2)
  const input = { temperature: 0, typical_p: 0.01, xtc_probability: 1, mirostat: 2 } as const
  expect(sampler(input).pick(logits, [])).toBe(1)
  expect([...logits]).toEqual([1, 3, Number.NEGATIVE_INFINITY, 2])
})

test.each([{ temperature: 0 }, { temperature: 1 }, { typical_p: 0.5, mirostat: 2 as const }])(
  'nothing left is said so with %j',
  (input) => {
    const logits = new Float32Array(4).fill(Number.NEGATIVE_INFINITY)
    expect(() => sampler(input).pick(logits, [])).toThrow(/No token is left/)
  },
)

test('mirostat holds the surprise of the text at its target', () => {
  const bits = (tau: number) => {
    const picker = sampler({ mirostat: 2, mirostat_tau: tau, mirostat_eta: 0.1, seed: 1 })
    const noise = new Random(4)
    let sum = 0
    for (let step = 0; step < 4000; step++) {
      // Zipf's law with some noise: the surprise of plain sampling would be about 7.5 bits.
      const logits = Float64Array.from({ length: 1000 }, (_, id) => noise.next() - Math.log(id + 1))
      const id = picker.pick(logits, [])
      const total = logits.reduce((all, logit) => all + Math.exp(logit), 0)
      if (step >= 500) sum += Math.log2(total) - logits[id]! / Math.LN2
    }
    return sum / 3500
  }
  for (const tau of [2, 4, 6]) expect(bits(tau)).toBeCloseTo(tau, 0)
})

test('whatever the warpers, a token is found, and never one that was ruled out', () => {
  const unit = fc.double({ min: 0.001, max: 0.999, noNaN: true })
  const input = fc.record(
    {
      temperature: fc.double({ min: 0, max: 2, noNaN: true }),
      top_k: fc.integer({ min: 1, max: 8 }),
      top_p: unit,
      min_p: unit,
      typical_p: unit,
      epsilon_cutoff: unit,
      eta_cutoff: unit,
      xtc_probability: unit,
      xtc_threshold: unit,
      mirostat: fc.constantFrom(0 as const, 2 as const),
      mirostat_tau: fc.double({ min: 0, max: 10, noNaN: true }),
      mirostat_eta: unit,
    },
    { requiredKeys: [] },
  )
  const logit = fc.oneof(
    fc.double({ min: -30, max: 30, noNaN: true }),
    fc.constant(Number.NEGATIVE_INFINITY),
  )
  const rows = fc
    .array(fc.array(logit, { minLength: 8, maxLength: 8 }), { minLength: 1, maxLength: 5 })
    .filter((list) => list.every((row) => row.some(Number.isFinite)))
  fc.assert(
    fc.property(input, rows, fc.integer(), (options, list, seed) => {
      const picker = sampler(options, seed)
      for (const row of list) {
        const id = picker.pick(Float32Array.from(row), [])
        expect(row[id]).toBeGreaterThan(Number.NEGATIVE_INFINITY)
      }
    }),
    { seed: 18, numRuns: 500 },
  )
})
