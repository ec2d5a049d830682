import { DecodingError } from '../../errors.ts'
import type { Grammar } from '../language/expression.ts'
import { leftRecursiveRule } from './left-recursion.ts'
import { Network } from './network.ts'
import { prune, reachesEnd } from './reach.ts'

/** A list of numbers for each state, flat: those of state s stand from `first[s]` up to `first[s + 1]`. */
export interface Rows {
  readonly first: Int32Array
  readonly values: Int32Array
}

/**
 * A grammar as a recursive transition network, ready to be walked: every rule is a nondeterministic automaton over bytes,
 * some of whose edges call other rules. Only what can still lead to an end is in it.
 */
export interface Automaton {
  /** The field that asks for the constraint, for error messages. */
  readonly at: string
  readonly start: number
  readonly states: number
  /** Byte edges, three numbers each: first byte, last byte, next state. */
  readonly bytes: Rows
  /** States that a state becomes without a byte. */
  readonly moves: Rows
  /** Calls, two numbers each: state where the called rule begins, state to go on with afterwards. */
  readonly calls: Rows
  /** 1 where a rule is over. */
  readonly isEnd: Uint8Array
}

/**
 * @param at  the field that asks for the constraint, for error messages
 * @throws {DecodingError} invalid_value if it is too large, left-recursive, or no text can ever satisfy it
 */
export function buildAutomaton(grammar: Grammar, at: string): Automaton {
  const network = new Network(grammar, at)
  const start = network.rules.get(grammar.root)
  if (!start) throw new TypeError(`There is no rule "${grammar.root}"`)
  const useful = reachesEnd(network, true)
  if (!useful[start.begin]) {
    throw invalid(at, 'can never be satisfied: it contradicts itself, or only contains itself')
  }
  prune(network, useful)
  const recursive = leftRecursiveRule(network)
  if (recursive !== null) throw invalid(at, `is left-recursive: "${recursive}" begins with itself`)
  const states = network.bytes.length
  const isEnd = new Uint8Array(states)
  for (const { end } of network.rules.values()) isEnd[end] = 1
  const [bytes, moves, calls] = [network.bytes, network.moves, network.calls].map(rowsOf)
  return { at, start: start.begin, states, bytes: bytes!, moves: moves!, calls: calls!, isEnd }
}

function rowsOf(lists: readonly (readonly number[])[]): Rows {
  const first = new Int32Array(lists.length + 1)
  for (const [state, list] of lists.entries()) first[state + 1] = first[state]! + list.length
  const values = new Int32Array(first[lists.length]!)
  for (const [state, list] of lists.entries()) values.set(list, first[state]!)
  return { first, values }
}

function invalid(at: string, problem: string): DecodingError {
  return new DecodingError(`${at} ${problem}`, 'invalid_value', at)
}
