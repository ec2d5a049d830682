import { DecodingError } from '../../errors.ts'
import { LAST_CODE_POINT } from '../language/code-points.ts'
import {
  characters,
  choice,
  type Expression,
  type Grammar,
  repeat,
  rule,
  sequence,
  text,
} from '../language/expression.ts'
import { type GrammarToken, grammarError, grammarTokens } from './grammar-tokens.ts'
import { parsePattern } from './pattern.ts'

const MAX_LENGTH = 64 * 1024
const MAX_NESTING = 64
const MAX_COUNT = 10_000

/**
 * A grammar in llama.cpp's GBNF (`root ::= "a" [0-9]+ ("b" | other)*`) or the part of Lark's notation that says the same
 * (`start: "a" /[0-9]+/`): names, "texts", [classes], /patterns/, `.`, groups, `|`, `* + ?` and `{counts}`. What the rule
 * `root` (or `start`) describes is the answer. Blanks between parts mean nothing.
 *
 * @param at  where the grammar stands, for error messages
 * @throws {DecodingError} invalid_value naming the line
 */
export function parseGrammar(source: string, at: string): Grammar {
  if (source.length > MAX_LENGTH) {
    throw new DecodingError(`${at} is longer than ${MAX_LENGTH} characters`, 'invalid_value', at)
  }
  return new GrammarParser(grammarTokens(source, at), at).parse()
}

class GrammarParser {
  private readonly tokens: readonly GrammarToken[]
  private readonly at: string
  private position = 0
  private nesting = 0

  constructor(tokens: readonly GrammarToken[], at: string) {
    this.tokens = tokens
    this.at = at
  }

  parse(): Grammar {
    const rules = new Map<string, Expression>()
    while (this.position < this.tokens.length) {
      const name = this.tokens[this.position]!
      if (name.kind !== 'name' || !this.beginsRule(this.position)) {
        throw this.error(name, `has ${spell(name)} where a rule should begin`)
      }
      if (rules.has(name.value)) throw this.error(name, `defines "${name.value}" twice`)
      this.position += 2
      rules.set(name.value, this.alternatives())
    }
    const root = ['root', 'start'].find((name) => rules.has(name))
    if (!root) {
      throw new DecodingError(`${this.at} has no rule "root" or "start"`, 'invalid_value', this.at)
    }
    this.checkNames(rules)
    return { root, rules }
  }

  private checkNames(rules: ReadonlyMap<string, Expression>): void {
    for (const token of this.tokens) {
      if (token.kind !== 'name' || rules.has(token.value)) continue
      throw this.error(token, `refers to "${token.value}", which it does not define`)
    }
  }

  private beginsRule(index: number): boolean {
    const [name, sign] = [this.tokens[index], this.tokens[index + 1]]
    return name?.kind === 'name' && sign?.kind === 'sign' && [':', '::='].includes(sign.value)
  }

  private alternatives(): Expression {
    const branches = [this.branch()]
    while (this.take('|')) branches.push(this.branch())
    return branches.length === 1 ? branches[0]! : choice(...branches)
  }

  private branch(): Expression {
    const items: Expression[] = []
    for (;;) {
      const token = this.tokens[this.position]
      if (!token || this.beginsRule(this.position)) break
      if (token.kind === 'sign' && ['|', ')'].includes(token.value)) break
      items.push(this.quantified())
    }
    return items.length === 1 ? items[0]! : sequence(...items)
  }

  private quantified(): Expression {
    const item = this.atom()
    const counts = this.counts()
    if (!counts) return item
    const sign = this.tokens[this.position]
    if (this.counts()) throw this.error(sign!, 'repeats a repetition')
    return repeat(item, counts.min, counts.max)
  }

  private counts(): { min: number; max: number | null } | null {
    const sign = this.tokens[this.position]
    const counts = sign?.kind === 'sign' ? countsOf(sign.value) : null
    if (!sign || !counts) return null
    const { min, max } = counts
    if (max !== null && max < min) {
      throw this.error(sign, 'has a count whose end is below its start')
    }
    if (Math.max(min, max ?? 0) > MAX_COUNT) {
      throw this.error(sign, `repeats more than ${MAX_COUNT} times`)
    }
    this.position++
    return counts
  }

  private atom(): Expression {
    const token = this.tokens[this.position++]!
    if (token.kind === 'text') return text(token.value)
    if (token.kind === 'name') return rule(token.value)
    if (token.kind === 'class') return characters(...token.ranges)
    if (token.kind === 'pattern') {
      return parsePattern(token.value, { at: `${this.at}, line ${token.line}`, param: this.at })
    }
    if (token.value === '.') return characters([0, LAST_CODE_POINT])
    if (token.value !== '(') throw this.error(token, `has ${spell(token)} out of place`)
    if (++this.nesting > MAX_NESTING) {
      throw this.error(token, `has groups more than ${MAX_NESTING} deep`)
    }
    const inner = this.alternatives()
    if (!this.take(')')) throw this.error(token, 'has a "(" without its ")"')
    this.nesting--
    return inner
  }

  private take(sign: string): boolean {
    const token = this.tokens[this.position]
    if (token?.kind !== 'sign' || token.value !== sign) return false
    this.position++
    return true
  }

  private error({ line }: GrammarToken, problem: string): DecodingError {
    return grammarError(this.at, line, problem)
  }
}

function countsOf(sign: string): { min: number; max: number | null } | null {
  if (sign === '*') return { min: 0, max: null }
  if (sign === '+') return { min: 1, max: null }
  if (sign === '?') return { min: 0, max: 1 }
  const match = /^\{([0-9]*)(,?)([0-9]*)\}$/.exec(sign)
  if (!match) return null
  const min = Number(match[1])
  if (match[2] === '') return { min, max: min }
  return { min, max: match[3] === '' ? null : Number(match[3]) }
}

const spell = (token: GrammarToken) =>
  token.kind === 'class' ? 'a "["' : JSON.stringify(token.value)
