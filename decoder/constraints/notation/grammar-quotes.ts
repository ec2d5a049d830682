import { LAST_CODE_POINT } from '../language/code-points.ts'

interface Quoted {
  characters: { code: number; isEscaped: boolean }[]
  /** Index after the sign that closes it. */
  end: number
}

const SIMPLE: Record<string, string> = { n: '\n', r: '\r', t: '\t' }
const SELF = '\\"\'][-^/'
const HEX_DIGITS: Record<string, number> = { x: 2, u: 4, U: 8 }

/** A `"text"` or `[class]` that begins at `start`; what is wrong with it if it is a string. */
export function readQuoted(source: string, start: number): Quoted | string {
  const close = source[start] === '[' ? ']' : '"'
  const characters: Quoted['characters'] = []
  for (let i = start + 1; i < source.length; ) {
    const code = source.codePointAt(i)!
    const char = String.fromCodePoint(code)
    if (char === '\n') break
    if (char === close) return { characters, end: i + 1 }
    const escaped = char === '\\' ? readEscape(source, i) : null
    if (char === '\\' && !escaped) return `has an unknown escape "\\${source[i + 1] ?? ''}"`
    characters.push({ code: escaped?.code ?? code, isEscaped: escaped !== null })
    i += escaped?.length ?? char.length
  }
  return `has a ${source[start]} without its ${close}`
}

function readEscape(source: string, at: number): { code: number; length: number } | null {
  const kind = source[at + 1] ?? ''
  const self = kind !== '' && SELF.includes(kind) ? kind : SIMPLE[kind]
  if (self) return { code: self.charCodeAt(0), length: 2 }
  const count = HEX_DIGITS[kind]
  if (!count) return null
  const digits = source.slice(at + 2, at + 2 + count)
  const code = /^[0-9a-f]+$/i.test(digits) ? Number.parseInt(digits, 16) : LAST_CODE_POINT + 1
  const isCharacter = code <= LAST_CODE_POINT && (code < 0xd800 || code > 0xdfff)
  return digits.length === count && isCharacter ? { code, length: 2 + count } : null
}
