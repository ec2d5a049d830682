import type { Range } from '../language/code-points.ts'
import { characters, choice, type Expression, repeat, sequence } from '../language/expression.ts'
import { ANY_IN_LINE, readClass, readEscape, single } from './character-class.ts'
import { PatternReader } from './pattern-reader.ts'

const MAX_NESTING = 64
const MAX_COUNT = 10_000

export interface PatternOptions {
  /** Where the pattern stands, for error messages: `structured_outputs.regex`. */
  at: string
  /** The field that it came in, if `at` says more than that. */
  param?: string
  /** How a character is written: as it is, or as it stands in a JSON string. */
  write?: (ranges: readonly Range[]) => Expression
  /** If given, the pattern may match anywhere, as JSON Schema's `pattern`, with this around it; else it is the whole text. */
  around?: Expression
}

/**
 * A regular expression in JavaScript's notation, as far as it describes a regular language: alternatives, groups,
 * classes, quantifiers, escapes, and anchors at the ends. It is read here and never becomes a RegExp, whose time is
 * unbounded. What can't be honoured (lookaround, backreferences, word borders, Unicode properties) is refused by name.
 *
 * @throws {DecodingError} invalid_value naming the place in the pattern
 */
export function parsePattern(source: string, options: PatternOptions): Expression {
  return new PatternParser(source, options).parse()
}

class PatternParser {
  private readonly reader: PatternReader
  private readonly write: (ranges: readonly Range[]) => Expression
  private readonly around: Expression | null
  private nesting = 0

  constructor(source: string, { at, param, write, around }: PatternOptions) {
    this.reader = new PatternReader(source, at, param ?? at)
    this.write = write ?? ((ranges) => characters(...ranges))
    this.around = around ?? null
  }

  parse(): Expression {
    const branches = this.alternatives(true)
    if (!this.reader.isOver) {
      throw this.reader.error('has a ")" without its "("', this.reader.position)
    }
    return branches
  }

  /** @param isOutermost  anchors mean something, and what has none may match anywhere */
  private alternatives(isOutermost: boolean): Expression {
    const branches = [this.branch(isOutermost)]
    while (this.reader.take('|')) branches.push(this.branch(isOutermost))
    return branches.length === 1 ? branches[0]! : choice(...branches)
  }

  private branch(isOutermost: boolean): Expression {
    const { reader } = this
    const items: Expression[] = []
    const begins = isOutermost && reader.take('^')
    let ends = false
    while (!ends && ![undefined, '|', ')'].includes(reader.peek())) {
      const start = reader.position
      ends = isOutermost && reader.take('$')
      if (!ends) items.push(this.quantified())
      else if (![undefined, '|'].includes(reader.peek())) {
        throw reader.error('has a "$" before its end', start)
      }
    }
    if (this.around && isOutermost) {
      if (!begins) items.unshift(this.around)
      if (!ends) items.push(this.around)
    }
    return items.length === 1 ? items[0]! : sequence(...items)
  }

  private quantified(): Expression {
    const item = this.atom()
    const counts = this.quantifier()
    if (!counts) return item
    // Lazy is the same language; possessive is not JavaScript's.
    this.reader.take('?')
    const start = this.reader.position
    if (this.quantifier()) throw this.reader.error('repeats a repetition', start)
    return repeat(item, counts.min, counts.max)
  }

  private quantifier(): { min: number; max: number | null } | null {
    const { reader } = this
    if (reader.take('*')) return { min: 0, max: null }
    if (reader.take('+')) return { min: 1, max: null }
    if (reader.take('?')) return { min: 0, max: 1 }
    const start = reader.position
    if (!reader.take('{')) return null
    const min = this.count(start)
    let max: number | null = min
    if (reader.take(',')) max = reader.peek() === '}' ? null : this.count(start)
    if (!reader.take('}')) throw this.noCount(start)
    if (max !== null && max < min) {
      throw reader.error('has a count whose end is below its start', start)
    }
    return { min, max }
  }

  private count(start: number): number {
    const digits = this.reader.readWhile(/^[0-9]$/)
    if (digits === '') throw this.noCount(start)
    if (Number(digits) > MAX_COUNT) {
      throw this.reader.error(`repeats more than ${MAX_COUNT} times`, start)
    }
    return Number(digits)
  }

  private noCount(start: number) {
    return this.reader.error('has a "{" that is no count; write "\\{" for the character', start)
  }

  private atom(): Expression {
    const { reader } = this
    const start = reader.position
    const char = reader.read()!
    switch (char) {
      case '(':
        return this.group(start)
      case '[':
        return this.write(readClass(reader, start))
      case '.':
        return this.write(ANY_IN_LINE)
      case '\\':
        return this.write(readEscape(reader, start, false))
      case '*':
      case '+':
      case '?':
      case '{':
        throw reader.error(`has a "${char}" with nothing to repeat`, start)
      case '^':
      case '$':
        throw reader.error(`has a "${char}" inside: anchors may stand at its ends only`, start)
    }
    return this.write(single(char.codePointAt(0)!))
  }

  private group(start: number): Expression {
    const { reader } = this
    if (++this.nesting > MAX_NESTING) {
      throw reader.error(`has groups more than ${MAX_NESTING} deep`, start)
    }
    if (reader.take('?')) this.groupKind(start)
    const inner = this.alternatives(false)
    if (!reader.take(')')) throw reader.error('has a "(" without its ")"', start)
    this.nesting--
    return inner
  }

  /** `(?:` or `(?<name>`: neither says anything about the text. */
  private groupKind(start: number): void {
    const { reader } = this
    if (reader.take(':')) return
    const kind = reader.read()
    const isLook =
      kind === '=' || kind === '!' || (kind === '<' && /[=!]/.test(reader.peek() ?? ''))
    if (isLook) throw reader.error('has lookaround, which is not supported', start)
    if (kind !== '<')
      throw reader.error(`has a group "(?${kind ?? ''}", which is not supported`, start)
    reader.readWhile(/^[^>]$/)
    if (!reader.take('>')) throw reader.error('has a group name without its end', start)
  }
}
