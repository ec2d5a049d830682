import { DecodingError } from '../../errors.ts'
import { otherRanges, type Range } from '../language/code-points.ts'
import { readQuoted } from './grammar-quotes.ts'

export type GrammarToken =
  | { kind: 'name' | 'text' | 'pattern' | 'sign'; value: string; line: number }
  | { kind: 'class'; ranges: Range[]; line: number }

/** All of them take time in proportion to what they match. */
const BLANKS = /(?:[ \t\r\n]|#[^\n]*|\/\/[^\n]*)*/y
const NAME = /[?!]?[A-Za-z_][A-Za-z0-9_-]*/y
const SIGN = /::=|\.\.|\{[0-9]{0,6},?[0-9]{0,6}\}|[:|()*+?.]/y
const PATTERN = /\/((?:[^/\\\n]|\\.)+)\/([a-z]*)/y

/** A grammar's words. @throws {DecodingError} invalid_value naming the line */
export function grammarTokens(source: string, at: string): GrammarToken[] {
  const tokens: GrammarToken[] = []
  let position = 0
  let line = 1
  const match = (expression: RegExp) => {
    expression.lastIndex = position
    const found = expression.exec(source)
    if (!found) return null
    position += found[0].length
    line += found[0].split('\n').length - 1
    return found
  }
  const quoted = () => {
    const found = readQuoted(source, position)
    if (typeof found === 'string') throw grammarError(at, line, found)
    position = found.end
    return found
  }
  for (;;) {
    match(BLANKS)
    const char = source[position]
    if (char === undefined) return tokens
    if (char === '"') {
      const value = quoted().characters.map(({ code }) => String.fromCodePoint(code))
      tokens.push({ kind: 'text', value: value.join(''), line })
      continue
    }
    if (char === '[') {
      tokens.push({ kind: 'class', ranges: rangesOf(quoted().characters, at, line), line })
      continue
    }
    const name = match(NAME)
    const pattern = name ? null : match(PATTERN)
    const sign = name || pattern ? null : match(SIGN)
    if (name) tokens.push({ kind: 'name', value: name[0].replace(/^[?!]/, ''), line })
    else if (sign) tokens.push({ kind: 'sign', value: sign[0], line })
    else if (!pattern) {
      const unexpected = String.fromCodePoint(source.codePointAt(position)!)
      throw grammarError(at, line, `has an unexpected "${unexpected}"`)
    } else if (pattern[2] !== '') {
      throw grammarError(at, line, `has the flag "${pattern[2]}", which is not supported`)
    } else tokens.push({ kind: 'pattern', value: pattern[1]!, line })
  }
}

function rangesOf(
  characters: readonly { code: number; isEscaped: boolean }[],
  at: string,
  line: number,
): Range[] {
  const isSign = (index: number, sign: string) =>
    characters[index]?.code === sign.charCodeAt(0) && !characters[index].isEscaped
  const isNegated = isSign(0, '^')
  const ranges: Range[] = []
  for (let i = isNegated ? 1 : 0; i < characters.length; i++) {
    const first = characters[i]!.code
    const isRange = isSign(i + 1, '-') && i + 2 < characters.length
    const last = isRange ? characters[i + 2]!.code : first
    if (last < first) throw grammarError(at, line, 'has a character range without order')
    ranges.push([first, last])
    if (isRange) i += 2
  }
  return isNegated ? otherRanges(ranges) : ranges
}

/** @param at  where the grammar stands */
export function grammarError(at: string, line: number, problem: string): DecodingError {
  return new DecodingError(`${at}, line ${line}: the grammar ${problem}`, 'invalid_value', at)
}
