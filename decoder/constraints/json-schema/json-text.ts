import { commonRanges, LAST_CODE_POINT, type Range } from '../language/code-points.ts'
import {
  characters,
  choice,
  type Expression,
  NOTHING,
  optional,
  repeat,
  rule,
  sequence,
  text,
} from '../language/expression.ts'

/** Most line breaks' indentation that may stand between two parts. */
const MAX_INDENT = 20
/** Most blanks in a row in a text that the schema leaves free; models that have lost their way write them for ever. */
const MAX_BLANKS = 32

const SPACE = characters([0x20, 0x20])

/** Between parts: nothing, one space, or a new line with its indentation. Never more, so blanks can't go on for ever. */
export const GAP: Expression = rule('json gap')

/** How JSON.stringify spells what can't stand in a string as it is. */
const SHORT: Record<number, string> = {
  8: '\\b',
  9: '\\t',
  10: '\\n',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  92: '\\\\',
}
const PLAIN: Range[] = [
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, LAST_CODE_POINT],
]

/** One of these characters inside a JSON string: as it is where JSON allows, else as JSON.stringify escapes it. */
export function inString(ranges: readonly Range[]): Expression {
  const plain = commonRanges(ranges, PLAIN)
  const escaped: Expression[] = []
  const has = (code: number) => ranges.some(([first, last]) => first <= code && code <= last)
  for (const code of [...Array.from({ length: 32 }, (_, i) => i), 34, 92]) {
    if (!has(code)) continue
    escaped.push(text(SHORT[code] ?? `\\u${code.toString(16).padStart(4, '0')}`))
  }
  if (plain.length + escaped.length === 0) return NOTHING
  return choice(...(plain.length > 0 ? [characters(...plain)] : []), ...escaped)
}

/** The value as JSON.stringify writes it: plain characters, no blanks. */
export const literal = (value: unknown): Expression => text(JSON.stringify(value))

const DIGIT = characters([0x30, 0x39])
const HEX = characters([0x30, 0x39], [0x41, 0x46], [0x61, 0x66])
const ESCAPE = sequence(
  text('\\'),
  choice(
    characters(...[...'"\\/bfnrt'].map((c): Range => [c.charCodeAt(0), c.charCodeAt(0)])),
    // Any code unit but those of surrogates, half of which would be no text.
    sequence(
      text('u'),
      choice(
        sequence(
          characters([0x30, 0x39], [0x41, 0x43], [0x45, 0x46], [0x61, 0x63], [0x65, 0x66]),
          repeat(HEX, 3, 3),
        ),
        sequence(
          characters([0x44, 0x44], [0x64, 0x64]),
          characters([0x30, 0x37]),
          repeat(HEX, 2, 2),
        ),
      ),
    ),
  ),
)
const NOT_BLANK = choice(characters([0x21, 0x21], [0x23, 0x5b], [0x5d, LAST_CODE_POINT]), ESCAPE)

/** Integers that a double holds exactly. */
const INTEGER = sequence(
  optional(text('-')),
  choice(text('0'), sequence(characters([0x31, 0x39]), repeat(DIGIT, 0, 14))),
)
const NUMBER = sequence(
  INTEGER,
  optional(sequence(text('.'), repeat(DIGIT, 1, 15))),
  optional(
    sequence(
      characters([0x45, 0x45], [0x65, 0x65]),
      optional(characters([0x2b, 0x2b], [0x2d, 0x2d])),
      repeat(DIGIT, 1, 2),
    ),
  ),
)

/** A JSON string of what `inString` describes. */
export const quoted = (inner: Expression): Expression => sequence(text('"'), inner, text('"'))

export const objectOf = (members: Expression): Expression =>
  sequence(text('{'), GAP, members, GAP, text('}'))
export const pair = (key: Expression, value: Expression): Expression =>
  sequence(key, text(':'), GAP, value)
const separated = (item: Expression, min: number, max: number | null): Expression =>
  max === 0 || (max !== null && max < min)
    ? NOTHING
    : sequence(
        item,
        repeat(sequence(text(','), GAP, item), Math.max(0, min - 1), max === null ? null : max - 1),
      )

/** `{…}` of any number of members from min to max. */
export function mapOf(member: Expression, min = 0, max: number | null = null): Expression {
  return enclosed('{', '}', member, min, max)
}
/** `[…]` of any number of items from min to max. */
export function listOf(item: Expression, min = 0, max: number | null = null): Expression {
  return enclosed('[', ']', item, min, max)
}

function enclosed(open: string, close: string, item: Expression, min: number, max: number | null) {
  const full = sequence(text(open), GAP, separated(item, min, max), GAP, text(close))
  if (min > 0) return full
  return max === 0 ? text(open + close) : choice(text(open + close), full)
}

/**
 * Rules of any JSON value, which schemas refer to: `json value`, `json string` … `json text` is what may stand in a string,
 * `json character` one of it. The blank keeps them apart from the names in a grammar of somebody else's.
 */
export function jsonRules(): Map<string, Expression> {
  const blanks = repeat(SPACE, 0, MAX_BLANKS)
  const names = ['string', 'number', 'object', 'array', 'boolean', 'null']
  const rules: Record<string, Expression> = {
    gap: optional(choice(SPACE, sequence(text('\n'), repeat(SPACE, 0, MAX_INDENT)))),
    value: choice(...names.map((name) => rule(`json ${name}`))),
    text: sequence(repeat(sequence(blanks, NOT_BLANK)), blanks),
    string: quoted(rule('json text')),
    character: choice(SPACE, NOT_BLANK),
    number: NUMBER,
    integer: INTEGER,
    boolean: choice(text('true'), text('false')),
    null: text('null'),
    object: mapOf(pair(rule('json string'), rule('json value'))),
    array: listOf(rule('json value')),
  }
  return new Map(Object.entries(rules).map(([name, expression]) => [`json ${name}`, expression]))
}
