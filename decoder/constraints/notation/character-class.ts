import { joinRanges, LAST_CODE_POINT, otherRanges, type Range } from '../language/code-points.ts'
import type { PatternReader } from './pattern-reader.ts'

/** What JavaScript's escapes stand for. */
const DIGITS: Range[] = [[0x30, 0x39]]
const WORD: Range[] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
]
const SPACE: Range[] = joinRanges([
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
])
const CLASSES: Record<string, Range[]> = {
  d: DIGITS,
  D: otherRanges(DIGITS),
  w: WORD,
  W: otherRanges(WORD),
  s: SPACE,
  S: otherRanges(SPACE),
}
const CONTROL: Record<string, number> = { n: 10, r: 13, t: 9, v: 11, f: 12, 0: 0 }

/** What `.` stands for: any character but a line's end. */
export const ANY_IN_LINE: Range[] = otherRanges([
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
])

export const single = (code: number): Range[] => [[code, code]]
const isSingle = ([range, ...rest]: Range[]) => rest.length === 0 && range?.[0] === range?.[1]

/** The rest of a class whose `[` was read. @throws {DecodingError} */
export function readClass(reader: PatternReader, start: number): Range[] {
  const isNegated = reader.take('^')
  const ranges: Range[] = []
  while (!reader.take(']')) {
    const from = readItem(reader, start)
    const isRange = reader.peek() === '-' && ![']', undefined].includes(reader.peek(1))
    if (!isRange) {
      ranges.push(...from)
      continue
    }
    reader.read()
    const to = readItem(reader, start)
    const [first, last] = [from[0]![0], to[0]![0]]
    if (!isSingle(from) || !isSingle(to) || first > last) {
      throw reader.error('has a character range without order', start)
    }
    ranges.push([first, last])
  }
  return isNegated ? otherRanges(ranges) : joinRanges(ranges)
}

function readItem(reader: PatternReader, start: number): Range[] {
  const at = reader.position
  const char = reader.read()
  if (char === undefined) throw reader.error('has a "[" without its "]"', start)
  return char === '\\' ? readEscape(reader, at, true) : single(char.codePointAt(0)!)
}

/** The rest of an escape whose `\` was read. @throws {DecodingError} naming what is not supported */
export function readEscape(reader: PatternReader, start: number, isInClass: boolean): Range[] {
  const char = reader.read()
  if (char === undefined) throw reader.error('ends in a "\\"', start)
  if (Object.hasOwn(CLASSES, char)) return CLASSES[char]!
  if (char === 'x') return single(readHex(reader, 2, start))
  if (char === 'u') return single(readUnicode(reader, start))
  if (char === 'b' && isInClass) return single(8)
  if (/[1-9k]/.test(char)) throw reader.error('has a backreference, which is not supported', start)
  if (Object.hasOwn(CONTROL, char)) return single(CONTROL[char]!)
  if (/[pP]/.test(char)) {
    throw reader.error(`has a Unicode property "\\${char}", which is not supported`, start)
  }
  if (/[A-Za-z0-9]/.test(char)) throw reader.error(`has "\\${char}", which is not supported`, start)
  return single(char.codePointAt(0)!)
}

/** `00e9`, `{1f600}`, or a pair of escapes that together stand for one character. */
function readUnicode(reader: PatternReader, start: number): number {
  if (reader.take('{')) {
    const digits = reader.readWhile(/^[0-9a-f]$/i)
    const code = /^.{1,6}$/.test(digits) ? Number.parseInt(digits, 16) : Number.POSITIVE_INFINITY
    if (!reader.take('}') || code > LAST_CODE_POINT) {
      throw reader.error('has a broken "\\u{"', start)
    }
    return code
  }
  const high = readHex(reader, 4, start)
  if (high < 0xd800 || high > 0xdfff) return high
  if (high < 0xdc00 && reader.take('\\') && reader.take('u')) {
    const low = readHex(reader, 4, start)
    if (low >= 0xdc00 && low < 0xe000) return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)
  }
  throw reader.error('has half of a surrogate pair', start)
}

function readHex(reader: PatternReader, length: number, start: number): number {
  let digits = ''
  while (digits.length < length) digits += reader.read() ?? ' '
  if (!/^[0-9a-f]+$/i.test(digits)) throw reader.error('has an escape without its digits', start)
  return Number.parseInt(digits, 16)
}
