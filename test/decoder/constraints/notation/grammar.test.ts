import { describe, expect, test } from 'vitest'
import { buildAutomaton, parseGrammar } from '../../../../decoder/constraints/index.ts'
import { accepts, matcherOf, randomText } from '../../../support/languages.ts'

const grammar = (source: string) => matcherOf(parseGrammar(source, 'grammar'))

/** llama.cpp's own example of arithmetic, in both notations. */
const ARITHMETIC = `
root  ::= (expr "=" ws term "\\n")+
expr  ::= term ([-+*/] term)*
term  ::= ident | num | "(" ws expr ")" ws
ident ::= [a-z] [a-z0-9_]* ws  # a name
num   ::= [0-9]+ ws
ws    ::= [ \\t\\n]*
`
const LARK = `
start: (expr "=" ws term "\\n")+
?expr: term (/[-+*\\/]/ term)*
term: ident
    | num
    | "(" ws expr ")" ws
ident: /[a-z][a-z0-9_]*/ ws   // a name
num: /[0-9]+/ ws
ws: /[ \\t\\n]*/
`

describe.each([
  ['GBNF', ARITHMETIC],
  ['Lark', LARK],
])('%s', (_, source) => {
  test.each([
    ['x=1\n', true],
    ['(a +b_2) *3 = y\nz=0\n', true],
    ['x=1', false],
    ['(x=1\n', false],
    ['1x=1\n', false],
    ['', false],
  ])('%j', (text, isIn) => {
    expect(accepts(grammar(source), text)).toBe(isIn)
  })

  test('what it makes has its brackets closed', () => {
    const matcher = grammar(source)
    for (let seed = 0; seed < 50; seed++) {
      const text = randomText(matcher, seed)
      if (text === null) continue
      expect(text).toMatch(/^[^=]+=[^=]+\n/)
      expect(text.split('(')).toHaveLength(text.split(')').length)
    }
  })
})

test.each([
  ['root ::= [^"\\\\]{2,3}', ['ab', 'é😀', 'abc'], ['a', 'abcd', 'a"', '\\\\']],
  ['root ::= "\\x41\\u00e9\\U0001f600" .?', ['Aé😀', 'Aé😀!'], ['A']],
  ['root ::= [a\\-c]', ['a', '-', 'c'], ['b']],
  ['root ::= [-a]', ['-', 'a'], ['b']],
  ['root ::= ("a" | )  "b"', ['ab', 'b'], ['a']],
  ['root ::= "a" root "b" | ""', ['', 'ab', 'aaabbb'], ['aab', 'ba']],
  ['root ::= a{2}\na ::= "x" | "y"', ['xy', 'xx'], ['x', 'xyx']],
])('%s', (source, texts, others) => {
  const matcher = grammar(source)
  for (const text of texts) expect([text, accepts(matcher, text)]).toEqual([text, true])
  for (const text of others) expect([text, accepts(matcher, text)]).toEqual([text, false])
})

describe('refuses, naming the line', () => {
  test.each([
    ['root ::= "a" foo', 'line 1: the grammar refers to "foo"'],
    ['a ::= "x"', 'no rule "root" or "start"'],
    ['root ::= "a"\nroot ::= "b"', 'line 2: the grammar defines "root" twice'],
    ['root ::= "a', 'line 1: the grammar has a " without its "'],
    ['root ::= [a', 'has a [ without its ]'],
    ['root ::= ("a"', 'has a "(" without its ")"'],
    ['root ::= "a" )', 'where a rule should begin'],
    ['root ::= *', 'has "*" out of place'],
    ['root ::= "a"+*', 'repeats a repetition'],
    ['root ::= "a"{3,1}', 'count whose end is below its start'],
    ['root ::= "a"{0,100000}', 'repeats more than 10000 times'],
    ['root ::= "\\q"', 'unknown escape "\\q"'],
    ['root ::= [z-a]', 'range without order'],
    ['start: "a".."z"', 'has ".." out of place'],
    ['start: /a/i', 'has the flag "i"'],
    ['%import common.WS', 'has an unexpected "%"'],
    ['start: /a(?=b)/', 'line 1: the pattern has lookaround'],
    [`root ::= ${'('.repeat(60_000)}`, 'groups more than 64 deep'],
    [`root ::= "${'a'.repeat(70_000)}"`, 'longer than 65536 characters'],
    ['', 'no rule "root" or "start"'],
  ])('%.30s', (source, problem) => {
    expect(() => parseGrammar(source, 'grammar')).toThrowError(
      expect.objectContaining({
        message: expect.stringContaining(problem),
        code: 'invalid_value',
        param: 'grammar',
      }),
    )
  })

  test.each([
    ['root ::= root "a" | "b"', 'left-recursive: "root"'],
    ['root ::= "q" | a\na ::= b? root "x"\nb ::= "y"', 'left-recursive'],
    ['root ::= "a" root', 'can never be satisfied'],
  ])('%s', (source, problem) => {
    expect(() => buildAutomaton(parseGrammar(source, 'grammar'), 'grammar')).toThrow(problem)
  })
})
