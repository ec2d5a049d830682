import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  buildAutomaton,
  ConstraintWalk,
  grammarOf,
  parsePattern,
  TokenConstraint,
} from '../../../../decoder/constraints/index.ts'
import type { Tokenizer } from '../../../../decoder/index.ts'
import { Random } from '../../../../decoder/numerics/random.ts'
import { ByteTokenizer } from '../../../support/byte-tokenizer.ts'

const tokenizer = new ByteTokenizer(undefined, [
  'ab',
  'aba',
  'b ',
  'é',
  ' b',
  'aab',
  'ab',
  [0xc3],
  [0xa9, 0x61],
  [0xf0, 0x9f, 0x98],
  [0x80, 0x62],
])
const END = 2

const constraintOf = (pattern: string, vocabulary: Tokenizer = tokenizer) =>
  new TokenConstraint(
    buildAutomaton(grammarOf(parsePattern(pattern, { at: 'r' })), 'r'),
    vocabulary,
  )

const isAllowed = (mask: Uint32Array, id: number) => ((mask[id >>> 5]! >>> (id & 31)) & 1) === 1

/** Whether some text of the pattern begins with these bytes, for patterns whose texts have at most 6 characters. */
function beginnings(pattern: string, alphabet: readonly string[]): Set<string> {
  const whole = new RegExp(`^(?:${pattern})$`, 'u')
  const found = new Set<string>()
  const visit = (text: string, depth: number) => {
    if (whole.test(text)) {
      const bytes = new TextEncoder().encode(text)
      for (let n = 0; n <= bytes.length; n++) found.add(bytes.slice(0, n).join())
    }
    if (depth > 0) for (const char of alphabet) visit(text + char, depth - 1)
  }
  visit('', 6)
  return found
}

describe('masks', () => {
  test.each(['(ab|é){1,3}', 'a{0,4}b? ?', '[aé😀]{2}b', 'aba|aab|ab b'])(
    '%s: allow what begins a text, and nothing else',
    (pattern) => {
      const constraint = constraintOf(pattern)
      const possible = beginnings(pattern, ['a', 'b', 'é', '😀', ' '])
      const random = new Random(1)
      for (let round = 0; round < 40; round++) {
        let position = constraint.start
        let bytes: number[] = []
        while (!constraint.mustEnd(position)) {
          const mask = constraint.mask(position)
          const allowed: number[] = []
          for (let id = 0; id < tokenizer.vocabSize; id++) {
            const token = tokenizer.bytes(id)
            const isRight = token.length > 0 && possible.has([...bytes, ...token].join())
            expect([id, isAllowed(mask, id)]).toEqual([id, isRight])
            if (isRight) allowed.push(id)
          }
          const id = allowed[Math.floor(random.next() * allowed.length)]!
          bytes = [...bytes, ...tokenizer.bytes(id)]
          position = constraint.afterToken(position, id)!
        }
        expect(new TextDecoder().decode(Uint8Array.from(bytes))).toMatch(
          new RegExp(`^(${pattern})$`, 'u'),
        )
      }
    },
  )

  test('a vocabulary that can’t write the text is told', () => {
    const letters: Tokenizer = {
      vocabSize: 3,
      specialTokens: new Map([['<end>', 0]]),
      prefixId: null,
      dropsLeadingSpace: false,
      encode: () => [],
      bytes: (id) => Uint8Array.from(['', 'a', 'b'][id]!, (char) => char.charCodeAt(0)),
    }
    expect(() => constraintOf('x+', letters).mask(constraintOf('x+', letters).start)).toThrow(
      'vocabulary can’t write',
    )
    const early = constraintOf('a+x?', letters)
    expect(early.mustEnd(early.afterToken(early.start, 1)!)).toBe(false)
    const only = constraintOf('ax?', letters)
    expect(only.mustEnd(only.afterToken(only.start, 1)!)).toBe(true)
  })
})

describe('a walk', () => {
  const restricted = (walk: ConstraintWalk, tokens: readonly number[], ends = [END]) => {
    const logits = new Float32Array(tokenizer.vocabSize).fill(1)
    walk.restrict(logits, [9, 9, ...tokens], 2, ends)
    return [...logits.keys()].filter((id) => logits[id] === 1)
  }
  const ids = (text: string) => [...text].flatMap((char) => tokenizer.encode(char))

  test('forgets nothing and needs nothing: any order of questions gives the same answers', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 8 })
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), (texts) => {
        const constraint = constraintOf('(a|ab|é)*b{2}')
        const shared = new ConstraintWalk(constraint)
        return texts.every((said) => {
          const own = restricted(new ConstraintWalk(constraintOf('(a|ab|é)*b{2}')), ids(said))
          return restricted(shared, ids(said)).join() === own.join()
        })
      }),
      { seed: 2, numRuns: 100 },
    )
  })

  test('end tokens only where the text may end; control tokens never', () => {
    const walk = new ConstraintWalk(constraintOf('ab+'))
    expect(restricted(walk, ids('a'))).not.toContain(END)
    expect(restricted(walk, ids('ab'))).toContain(END)
    expect(restricted(walk, ids('ab'), [])).not.toContain(END)
    for (const text of ['', 'a', 'ab']) expect(restricted(walk, ids(text))).not.toContain(1)
  })

  test('leaves alone what follows a token that was ruled out', () => {
    const walk = new ConstraintWalk(constraintOf('ab+'))
    expect(restricted(walk, ids('b'))).toHaveLength(tokenizer.vocabSize)
    expect(walk.mustEnd([...ids('b')], 0)).toBe(false)
  })
})

describe('hostile constraints end in an error, and soon', () => {
  /** Work, not time: clocks are no part of a test. */
  const walkThrough = (pattern: string, text: string) => {
    const constraint = constraintOf(pattern)
    const walk = new ConstraintWalk(constraint)
    const tokens: number[] = []
    for (const char of text) {
      const logits = new Float32Array(tokenizer.vocabSize)
      walk.restrict(logits, tokens, 0, [END])
      tokens.push(...tokenizer.encode(char))
    }
    return constraint.work
  }

  test.each([
    '(a*)*',
    '(a|a)*',
    '(a?){500}',
    '(a*)*(a*)*(a*)*b',
    '((a{1,10}){1,10}){1,10}',
    '(a|b|ab|ba)*',
  ])('%s is walked with little work', (pattern) => {
    expect(walkThrough(pattern, 'a'.repeat(100))).toBeLessThan(3_000_000)
  })

  test.each(['[ab]*a[ab]{2000}', '(a?){5000}', '(a|b)*a(a|b){3000}c'])(
    '%s is too ambiguous',
    (pattern) => {
      expect(() => walkThrough(pattern, 'ab'.repeat(2000))).toThrow(/too ambiguous|too much work/)
    },
  )

  test('a long count is none', () => {
    expect(() => walkThrough('[a-z ]{0,9000}', 'ab '.repeat(600))).not.toThrow()
  })
})
