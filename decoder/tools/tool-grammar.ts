import {
  byte,
  choice,
  compileSchema,
  type Expression,
  type Grammar,
  jsonRules,
  optional,
  repeat,
  rule,
  sequence,
  text,
} from '../constraints/index.ts'
import { DecodingError } from '../errors.ts'
import type { ToolCallOptions } from '../structured-options.ts'
import { CALL_BEGIN, CALL_TAIL, callHead } from './tool-format.ts'

/** Most calls in one answer, so that a model which finds no end has one. */
const MAX_CALLS = 8

/**
 * Answers that may, or must, call tools: each call has the name of a tool and arguments that are valid under its schema.
 *
 * @param content  what an answer without calls looks like; null: any text
 * @throws {DecodingError} invalid_value naming the place in a tool's schema
 */
export function toolGrammar(options: ToolCallOptions, content: Grammar | null): Grammar {
  const { tools, required, parallel } = options
  const rules = new Map([...jsonRules(), ...(content?.rules ?? [])])
  const calls = tools.map(({ name, parameters, at }, i) => {
    const place = at ?? `tools[${i}].function.parameters`
    const args = compileSchema(ofObjects(parameters, place), place, rules)
    return sequence(text(callHead(name)), args, text(CALL_TAIL))
  })
  rules.set('tool call', choice(...calls))
  const another = sequence(text(`\n${CALL_BEGIN}`), rule('tool call'))
  rules.set(
    'tool calls',
    sequence(rule('tool call'), repeat(another, 0, parallel ? MAX_CALLS - 1 : 0)),
  )
  const only = sequence(text(CALL_BEGIN), rule('tool calls'))
  if (required) rules.set('tool answer', only)
  else if (content) rules.set('tool answer', choice(rule(content.root), only))
  else rules.set('tool answer', textThen(rule('tool calls'), rules))
  return { root: 'tool answer', rules }
}

/** Arguments are an object, whether the schema says so or not. */
function ofObjects(parameters: Record<string, unknown>, at: string): Record<string, unknown> {
  const { type } = parameters
  if (type === undefined) return { ...parameters, type: 'object' }
  if (type === 'object') return parameters
  throw new DecodingError(`${at}.type must be "object"`, 'invalid_value', `${at}.type`)
}

/**
 * Any text, which ends or comes to the tag that begins a call. One rule for each number of the tag's characters that have
 * come: Knuth, Morris and Pratt's automaton, which is simple since only the tag's first character can begin it again.
 */
function textThen(calls: Expression, rules: Map<string, Expression>): Expression {
  const tag = [...CALL_BEGIN].map((char) => char.charCodeAt(0))
  const [first] = tag
  const state = (come: number) => rule(`text after ${come} of the tag`)
  for (const [come, next] of tag.entries()) {
    const isLast = come === tag.length - 1
    const forward = sequence(byte([next, next]), isLast ? calls : state(come + 1))
    const others = [first!, next].sort((a, b) => a - b)
    const back = sequence(byte(...between(others)), state(0))
    const again = come === 0 ? [] : [sequence(byte([first!, first!]), state(1))]
    rules.set(`text after ${come} of the tag`, optional(choice(forward, back, ...again)))
  }
  return state(0)
}

/** All bytes but these, which are in order. */
function between(bytes: readonly number[]): [number, number][] {
  const ranges: [number, number][] = []
  let next = 0
  for (const value of [...bytes, 256]) {
    if (value > next) ranges.push([next, value - 1])
    next = value + 1
  }
  return ranges
}
