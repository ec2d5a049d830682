import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parsePattern } from '../../../../decoder/constraints/index.ts'
import { accepts, matcherOfExpression, randomText } from '../../../support/languages.ts'

const matcherOf = (pattern: string) => matcherOfExpression(parsePattern(pattern, { at: 'regex' }))

describe('says the same as RegExp of a whole text', () => {
  test.each([
    ['a|b|', ['', 'a', 'b', 'ab']],
    ['(?:ab)+c?', ['ab', 'abc', 'ababc', 'c', '']],
    ['[^a-c\\d]', ['a', 'd', '5', 'é', '😀', '-']],
    ['[\\w-]+@x\\.y', ['a-b@x.y', '@x.y', 'a@xzy']],
    ['a{2}b{1,}c{0,2}', ['aab', 'aabbcc', 'aac', 'aabccc']],
    ['.', ['a', '\n', '\r', '\u2028', '€', '😀']],
    ['\\u00e9\\x41\\u{1f600}', ['éA😀', 'eA😀']],
    ['\\s\\S\\D', [' x-', '\u00a0\u00a0x', '\ufeffé.']],
    ['(?<year>\\d{4})-\\d\\d', ['2026-11', '2026-1']],
    ['^a$|^b', ['a', 'b', 'ab']],
    ['[^]', ['', 'a', '\n']],
    ['[\\b\\]\\\\-]', ['\b', ']', '\\', '-', 'a']],
    ['a*?b+?', ['aab', 'b', 'a']],
    ['(a*)*', ['', 'aaaa', 'b']],
    ['()|x', ['', 'x']],
    ['\\/\\.\\$', ['/.$']],
    ['\\ud83d\\ude00', ['😀']],
  ])('%s', (pattern, texts) => {
    const whole = new RegExp(`^(?:${pattern})$`, 'u')
    const matcher = matcherOf(pattern)
    for (const text of texts)
      expect([text, accepts(matcher, text)]).toEqual([text, whole.test(text)])
  })

  const atom = fc.oneof(
    fc.constantFrom(
      'a',
      'b',
      'é',
      '.',
      '\\d',
      '\\w',
      '\\W',
      '[ab]',
      '[^ab]',
      '[a-c1]',
      '\\.',
      '😀',
    ),
  )
  const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
    pattern: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      atom,
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
      fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
      fc
        .tuple(
          tie('pattern'),
          fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*?'),
        )
        .map(([a, count]) => `(?:${a})${count}`),
    ),
  }))

  test('of any text', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', '1', 'é', '.', '\n', '😀', ' '),
      maxLength: 6,
    })
    fc.assert(
      fc.property(pattern, fc.array(text, { minLength: 5, maxLength: 20 }), (source, texts) => {
        const matcher = matcherOf(source)
        const whole = new RegExp(`^(?:${source})$`, 'u')
        return texts.every((candidate) => accepts(matcher, candidate) === whole.test(candidate))
      }),
      { seed: 7, numRuns: 500 },
    )
  })

  test('of the texts that it makes', () => {
    fc.assert(
      fc.property(pattern, fc.nat(), (source, seed) => {
        const text = randomText(matcherOf(source), seed)
        return text === null || new RegExp(`^(?:${source})$`, 'u').test(text)
      }),
      { seed: 8, numRuns: 300 },
    )
  })
})

describe('refuses, naming the place', () => {
  test.each([
    ['a++', 'repeats a repetition (at character 3)'],
    ['a**', 'repeats a repetition'],
    ['(a', 'has a "(" without its ")" (at character 1)'],
    ['a)', 'has a ")" without its "(" (at character 2)'],
    ['[a', 'has a "[" without its "]"'],
    ['*a', 'has a "*" with nothing to repeat'],
    ['a(?=b)', 'has lookaround'],
    ['(?<!b)a', 'has lookaround'],
    ['(?i)a', 'has a group "(?i"'],
    ['(a)\\1', 'has a backreference'],
    ['\\bword\\b', 'has "\\b"'],
    ['\\p{L}+', 'has a Unicode property "\\p"'],
    ['a^b', 'anchors may stand at its ends only (at character 2)'],
    ['(^a|b$)', 'anchors may stand at its ends only'],
    ['a$b', 'has a "$" before its end'],
    ['a{2,1}', 'count whose end is below its start'],
    ['a{x}', 'a "{" that is no count'],
    ['a{0,100000}', 'repeats more than 10000 times'],
    ['[z-a]', 'character range without order'],
    ['\\ud83d', 'half of a surrogate pair'],
    ['\\xg0', 'escape without its digits'],
    ['\\u{110000}', 'broken "\\u{"'],
    ['\\', 'ends in a "\\"'],
    ['(?<a', 'group name without its end'],
    ['('.repeat(60_000), 'longer than 4096 characters'],
    ['('.repeat(4_000), 'groups more than 64 deep'],
  ])('%.20s', (pattern, problem) => {
    expect(() => parsePattern(pattern, { at: 'regex' })).toThrowError(
      expect.objectContaining({
        message: expect.stringContaining(problem),
        code: 'invalid_value',
        param: 'regex',
      }),
    )
  })
})
