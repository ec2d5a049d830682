import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { generationOptions, TokenSampler } from '../../../decoder/index.ts'
import { Random } from '../../../decoder/numerics/random.ts'
import { exact, follow, threshold } from '../../../decoder/strategies/acceptance.ts'
import type { Draft } from '../../../decoder/strategies/drafters/index.ts'

const samplerOf = (input: object, random = new Random(1)) =>
  new TokenSampler(v.parse(generationOptions, input), random)
const logOf = (probabilities: readonly number[]) => probabilities.map((p) => Math.log(p))

/** One guess of this token, drawn from q. */
const drawn = (token: number, q: readonly number[]): Draft => ({
  tokens: [token],
  parents: [-1],
  probabilities: [Float64Array.from(q)],
})
/** Several guesses of the next token, chosen. */
const siblings = (...tokens: number[]): Draft => ({ tokens, parents: tokens.map(() => -1) })

/** Draws from q as a drafter does, then lets the rule decide; how often each token came out. */
function frequencies(p: readonly number[], q: readonly number[], runs: number, input = {}) {
  const random = new Random(5)
  const accept = exact(samplerOf(input, random), random)
  const counts = p.map(() => 0)
  let accepted = 0
  for (let i = 0; i < runs; i++) {
    let left = random.next()
    const guess = q.findIndex((share) => {
      left -= share
      return left < 0
    })
    const { id, node } = accept(Float64Array.from(logOf(p)), [], [0], drawn(guess, q))
    counts[id]!++
    if (node === 0) {
      expect(id).toBe(guess)
      accepted++
    }
  }
  return { counts, accepted }
}

describe('exact, of what was drawn', () => {
  // Leviathan et al. 2023, section 3.2: accepted is Σ min(p, q).
  test.each([
    [
      [0.5, 0.3, 0.2],
      [0.2, 0.3, 0.5],
    ],
    [
      [0.5, 0.3, 0.2],
      [0.5, 0.3, 0.2],
    ],
    [
      [0.1, 0.1, 0.8],
      [0.6, 0.4, 0],
    ],
  ])('p = %j and q = %j: chi-square at 0.1 %%, and so many accepted', (p, q) => {
    const runs = 20_000
    const { counts, accepted } = frequencies(p, q, runs)
    let chiSquare = 0
    for (const [id, share] of p.entries()) {
      chiSquare += (counts[id]! - runs * share) ** 2 / (runs * share)
    }
    expect(chiSquare).toBeLessThan(13.82) // 2 degrees of freedom
    const expected = p.reduce((sum, share, id) => sum + Math.min(share, q[id]!), 0)
    const sigma = Math.sqrt((expected * (1 - expected)) / runs)
    expect(Math.abs(accepted / runs - expected)).toBeLessThanOrEqual(3.3 * sigma)
  })

  test('warpers shape p: what they exclude never comes out', () => {
    const { counts } = frequencies([0.5, 0.3, 0.2], [0.1, 0.1, 0.8], 2000, { top_k: 2 })
    expect(counts[2]).toBe(0)
    expect(counts[0]! / 2000).toBeCloseTo(0.625, 1)
  })

  test('any p and q: the token comes out of p, and a rejected one is more likely under p than q', () => {
    const weights = fc.array(fc.nat(100), { minLength: 4, maxLength: 4 })
    const positive = (list: number[]) => list.some((x) => x > 0)
    const normal = (list: number[]) => {
      const sum = list.reduce((a, b) => a + b)
      return list.map((x) => x / sum)
    }
    fc.assert(
      fc.property(
        weights.filter(positive).map(normal),
        weights.filter(positive).map(normal),
        fc.nat(1000),
        (p, q, seed) => {
          const random = new Random(seed)
          const guess = q.findIndex((share) => share > 0)
          const rule = exact(samplerOf({}, random), random)
          const { id, node } = rule(Float64Array.from(logOf(p)), [], [0], drawn(guess, q))
          expect(p[id]).toBeGreaterThan(0)
          if (node < 0) expect(p[id]! - q[id]!).toBeGreaterThan(-1e-12)
        },
      ),
      { seed: 8, numRuns: 300 },
    )
  })
})

describe('exact, of what was chosen', () => {
  test('the target chooses as it does without, and the guess that is its choice is accepted', () => {
    const p = Float64Array.from(logOf([0.1, 0.2, 0.3, 0.4]))
    for (let seed = 0; seed < 20; seed++) {
      const plain = samplerOf({}, new Random(seed)).pick(p.slice(), [])
      const random = new Random(seed)
      const rule = exact(samplerOf({}, random), random)
      const choice = rule(p.slice(), [], [0, 1], siblings(3, 1))
      expect(choice).toEqual({ id: plain, node: [3, 1].indexOf(plain) })
    }
  })

  test('after a leaf there are no guesses', () => {
    const rule = exact(samplerOf({ temperature: 0 }), new Random(1))
    expect(rule(Float64Array.of(0, 2, 1), [], [], siblings())).toEqual({ id: 1, node: -1 })
  })

  test('nothing left to choose from is an error, as without speculation', () => {
    const none = () => new Float64Array(3).fill(Number.NEGATIVE_INFINITY)
    for (const draft of [siblings(1), drawn(1, [0, 1, 0])]) {
      const rule = exact(samplerOf({}), new Random(1))
      expect(() => rule(none(), [], [0], draft)).toThrow('No token is left')
    }
  })
})

describe('threshold', () => {
  const p = () => Float64Array.from(logOf([0.45, 0.35, 0.2]))
  const rule = (minimum: number, input: object = { temperature: 0 }) =>
    threshold(minimum, samplerOf(input))

  test('accepts the likeliest guess that is over it', () => {
    expect(rule(0.3)(p(), [], [0, 1], siblings(2, 1))).toEqual({ id: 1, node: 1 })
    expect(rule(0.15)(p(), [], [0], siblings(2))).toEqual({ id: 2, node: 0 })
  })

  test('otherwise the target chooses, and may choose a guess', () => {
    expect(rule(0.36)(p(), [], [0], siblings(1))).toEqual({ id: 0, node: -1 })
    expect(rule(0.46)(p(), [], [0, 1], siblings(2, 0))).toEqual({ id: 0, node: 1 })
  })

  test('p is what is drawn from: a filter that excludes the guess rejects it', () => {
    const { node } = rule(0.01, { top_k: 1 })(p(), [], [0], siblings(2))
    expect(node).toBe(-1)
    // At temperature 2 the square roots are what counts: 0.447 / (0.671 + 0.592 + 0.447) = 0.262.
    const warm = { temperature: 2 }
    expect(rule(0.26, warm)(p(), [], [0], siblings(2)).node).toBe(0)
  })

  test('a guess that processors have ruled out is never accepted', () => {
    const scores = Float64Array.of(Number.NEGATIVE_INFINITY, 1, 0)
    expect(rule(0.0001)(scores, [], [0], siblings(0))).toEqual({ id: 1, node: -1 })
  })
})

test('follow takes the path, then the target’s choice', () => {
  const draft: Draft = { tokens: [4, 3, 2], parents: [-1, -1, 1] }
  const rule = follow([1, 2], samplerOf({ temperature: 0 }))
  const scores = () => Float64Array.of(0, 0, 0, 0, 9)
  expect(rule(scores(), [], [0, 1], draft)).toEqual({ id: 3, node: 1 })
  expect(rule(scores(), [3], [2], draft)).toEqual({ id: 2, node: 2 })
  expect(rule(scores(), [3, 2], [], draft)).toEqual({ id: 4, node: -1 })
})
