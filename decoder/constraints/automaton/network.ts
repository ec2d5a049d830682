import { DecodingError } from '../../errors.ts'
import { type Expression, type Grammar, wordsOf } from '../language/expression.ts'
import { utf8Ranges } from '../language/utf8-ranges.ts'

/** Most states of one constraint: what counts, lists of values and schemas can cost. */
const MAX_STATES = 60_000

/**
 * A recursive transition network that grows: every rule of a grammar becomes a nondeterministic automaton over bytes,
 * some of whose edges call other rules.
 */
export class Network {
  /** For each state its byte edges, flat: first byte, last byte, next state … */
  readonly bytes: number[][] = []
  /** For each state the states it becomes without a byte. */
  readonly moves: number[][] = []
  /** For each state its calls, flat: state where the called rule begins, state to go on with afterwards … */
  readonly calls: number[][] = []
  /** For each rule the states where it begins and ends. */
  readonly rules = new Map<string, { begin: number; end: number }>()
  private readonly at: string

  /**
   * @param at  the field that asks for the constraint, for error messages
   * @throws {DecodingError} invalid_value if it needs too many states or refers to a rule that is not there
   */
  constructor(grammar: Grammar, at: string) {
    this.at = at
    for (const name of grammar.rules.keys()) {
      this.rules.set(name, { begin: this.state(), end: this.state() })
    }
    for (const [name, expression] of grammar.rules) {
      const { begin, end } = this.rules.get(name)!
      this.build(expression, begin, end)
    }
  }

  private state(): number {
    if (this.bytes.length >= MAX_STATES) {
      throw new DecodingError(
        `${this.at} is too large: counts, values and parts together need more than ${MAX_STATES} states`,
        'invalid_value',
        this.at,
      )
    }
    this.moves.push([])
    this.calls.push([])
    return this.bytes.push([]) - 1
  }

  private build(expression: Expression, from: number, to: number): void {
    switch (expression.kind) {
      case 'bytes':
        this.words([expression.bytes], from, to)
        break
      case 'byte':
        for (const range of expression.ranges) this.chain([range], from, to)
        break
      case 'character':
        for (const [first, last] of expression.ranges) {
          for (const ranges of utf8Ranges(first, last)) this.chain(ranges, from, to)
        }
        break
      case 'sequence':
        this.sequence(expression.items, from, to)
        break
      case 'choice':
        this.choice(expression.items, from, to)
        break
      case 'repeat':
        this.repeat(expression, from, to)
        break
      case 'rule': {
        const called = this.rules.get(expression.name)
        if (!called) throw new TypeError(`There is no rule "${expression.name}"`)
        this.calls[from]!.push(called.begin, to)
      }
    }
  }

  private sequence(items: readonly Expression[], from: number, to: number): void {
    let at = from
    for (const item of items) {
      const next = this.state()
      this.build(item, at, next)
      at = next
    }
    this.moves[at]!.push(to)
  }

  private choice(items: readonly Expression[], from: number, to: number): void {
    const words: Uint8Array[] = []
    for (const item of items) {
      const found = wordsOf(item)
      if (found) {
        for (const word of found) words.push(word)
        continue
      }
      const begin = this.state()
      this.moves[from]!.push(begin)
      this.build(item, begin, to)
    }
    this.words(words, from, to)
  }

  /** Any of these words. They share their beginnings, so that thousands of values are still one reading of the text. */
  private words(words: readonly Uint8Array[], from: number, to: number): void {
    if (words.length === 0) return
    const root = this.state()
    this.moves[from]!.push(root)
    const after = new Map<number, number>()
    for (const word of words) {
      let at = root
      for (const byte of word) {
        const key = at * 256 + byte
        let next = after.get(key)
        if (next === undefined) {
          next = this.state()
          after.set(key, next)
          this.bytes[at]!.push(byte, byte, next)
        }
        at = next
      }
      if (!this.moves[at]!.includes(to)) this.moves[at]!.push(to)
    }
  }

  private repeat(
    { item, min, max }: Extract<Expression, { kind: 'repeat' }>,
    from: number,
    to: number,
  ): void {
    let at = from
    for (let i = 0; i < (max ?? min); i++) {
      if (i >= min) this.moves[at]!.push(to)
      const next = this.state()
      this.build(item, at, next)
      at = next
    }
    if (max === null) {
      const loop = this.state()
      const back = this.state()
      this.moves[at]!.push(loop)
      this.build(item, loop, back)
      this.moves[back]!.push(loop)
      at = loop
    }
    this.moves[at]!.push(to)
  }

  private chain(ranges: readonly (readonly [number, number])[], from: number, to: number): void {
    let at = from
    for (const [i, [first, last]] of ranges.entries()) {
      const next = i === ranges.length - 1 ? to : this.state()
      this.bytes[at]!.push(first, last, next)
      at = next
    }
  }
}
