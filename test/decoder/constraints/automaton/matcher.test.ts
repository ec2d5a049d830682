import { describe, expect, test } from 'vitest'
import {
  type Grammar,
  type Matcher,
  parseGrammar,
  parsePattern,
} from '../../../../decoder/constraints/index.ts'
import { choice, repeat, text } from '../../../../decoder/constraints/language/expression.ts'
import { Random } from '../../../../decoder/numerics/random.ts'
import {
  accepts,
  matcherOf,
  matcherOfExpression,
  schemaMatcher,
} from '../../../support/languages.ts'

/** All texts over an alphabet up to a length. */
function texts(alphabet: string, length: number): string[] {
  const all = ['']
  for (let from = 0, n = 0; n < length; n++) {
    const to = all.length
    for (; from < to; from++) for (const char of alphabet) all.push(all[from]! + char)
  }
  return all
}

const isBalanced = (said: string) => {
  let depth = 0
  for (const char of said) {
    depth += char === '(' ? 1 : -1
    if (depth < 0) return false
  }
  return depth === 0
}
const isPalindrome = (said: string) => said === [...said].reverse().join('')
const isDouble = (said: string) => {
  const [, a, b] = /^(a*)(b*)$/.exec(said) ?? []
  return a !== undefined && (b!.length === a.length || b!.length === 2 * a.length)
}

/** Languages that no regular expression describes, with grammars that have rules in every place. */
const LANGUAGES: [string, string, string, (said: string) => boolean][] = [
  ['balanced, ending in a call', '()', 'root ::= ("(" root ")" root)?', isBalanced],
  ['balanced, repeated', '()', 'root ::= ("(" root ")")*', isBalanced],
  [
    'balanced, through other rules',
    '()',
    'root ::= pair*\npair ::= open root close\nopen ::= "("\nclose ::= ")"',
    isBalanced,
  ],
  ['palindromes', 'ab', 'root ::= "a" root "a" | "b" root "b" | "a" | "b" | ""', isPalindrome],
  [
    'one or two for each',
    'ab',
    'root ::= one | two\none ::= ("a" one "b")?\ntwo ::= ("a" two "bb")?',
    isDouble,
  ],
  ['ambiguous', 'a', 'root ::= x x x\nx ::= "a"* y?\ny ::= ("a" | "aa")*', () => true],
]

describe.each(LANGUAGES)('%s', (_, alphabet, source, isIn) => {
  test('exactly the texts of the definition, to a length of 10', () => {
    const matcher = matcherOf(parseGrammar(source, 'grammar'))
    for (const said of texts(alphabet, alphabet.length === 1 ? 20 : 10)) {
      expect([said, accepts(matcher, said)]).toEqual([said, isIn(said)])
    }
  })
})

describe('positions', () => {
  const walk = (matcher: Matcher, said: string) => {
    let position: Matcher['start'] | null = matcher.start
    for (const char of said) position = position && matcher.next(position, char.charCodeAt(0))
    return position
  }

  test('are the same object for the same readings, so that what is known of them is found again', () => {
    const matcher = matcherOf(parseGrammar('root ::= "[" (root ("," root)*)? "]" | [0-9]+', 'g'))
    expect(walk(matcher, '[1,2,3')).toBe(walk(matcher, '[44,5'))
    expect(walk(matcher, '[[1')).not.toBe(walk(matcher, '[1'))
  })

  test('that end a rule whose call is the last of another keep no stack', () => {
    const matcher = matcherOf(parseGrammar('root ::= "a" root | "b"', 'g'))
    expect(walk(matcher, 'aaaa')).toBe(walk(matcher, 'a'))
  })

  test('are forgotten when they are too many, and found anew', () => {
    const matcher = matcherOfExpression(parsePattern('[ab]*a[ab]{200}', { at: 'regex' }))
    const random = new Random(1)
    let said = ''
    let position = matcher.start
    while (matcher.epoch < 2) {
      const byte = random.next() < 0.5 ? 97 : 98
      said += String.fromCharCode(byte)
      position = matcher.next(position, byte)!
      expect(position.accepts).toBe(said.at(-201) === 'a')
    }
  })

  test('are final where nothing follows', () => {
    const matcher = matcherOfExpression(choice(text('ab'), text('abc'), repeat(text('x'), 1)))
    expect([walk(matcher, 'ab')!.accepts, walk(matcher, 'ab')!.isFinal]).toEqual([true, false])
    expect(walk(matcher, 'abc')!.isFinal).toBe(true)
    expect(walk(matcher, 'xx')!.isFinal).toBe(false)
    expect(walk(matcher, 'b')).toBeNull()
  })
})

test('thousands of words are one reading, however they are written', () => {
  const words = Array.from({ length: 3000 }, (_, i) => `word ${i} é`)
  const grammar = `root ::= ${words.map((word) => `"${word}"`).join(' | ')}`
  for (const matcher of [
    matcherOfExpression(parsePattern(words.slice(0, 350).join('|'), { at: 'regex' })),
    matcherOf(
      parseGrammar(grammar.slice(0, grammar.indexOf('"word 2000')).replace(/\| $/, ''), 'g'),
    ),
    schemaMatcher({ anyOf: words.map((word) => ({ const: word })) }),
    schemaMatcher({ pattern: `^(${words.slice(0, 350).join('|')})$` }),
  ]) {
    expect(matcher.start.states.length).toBeLessThan(4)
    const said = accepts(matcher, 'word 321 é') || accepts(matcher, '"word 321 é"')
    expect(said).toBe(true)
    expect(accepts(matcher, 'word 321') || accepts(matcher, '"word 321"')).toBe(false)
  }
})

test('a chain of 5,000 rules needs no deep stack', () => {
  const rules: Grammar['rules'] = new Map([['r0', text('end')]])
  for (let i = 1; i < 5_000; i++) rules.set(`r${i}`, { kind: 'rule', name: `r${i - 1}` })
  expect(accepts(matcherOf({ root: 'r4999', rules }), 'end')).toBe(true)
})
