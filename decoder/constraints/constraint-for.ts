import type { Tokenizer } from '../tokenizer.ts'
import { buildAutomaton } from './automaton/automaton.ts'
import type { Grammar } from './language/expression.ts'
import { TokenConstraint } from './vocabulary/token-constraint.ts'

/** Constraints kept ready for each tokenizer, since the same schema mostly comes again, and their states together. */
const MAX_KEPT = 8
const MAX_STATES_KEPT = 60_000

const kept = new WeakMap<Tokenizer, Map<string, TokenConstraint>>()

/**
 * The constraint of a description, ready to use with a vocabulary.
 *
 * @param key      tells descriptions apart
 * @param at       the field that asks for it, for error messages
 * @param grammar  makes it, unless it is still there from last time
 * @throws {DecodingError} invalid_value naming what is wrong with the description
 */
export function constraintFor(
  tokenizer: Tokenizer,
  key: string,
  at: string,
  grammar: () => Grammar,
): TokenConstraint {
  let constraints = kept.get(tokenizer)
  if (!constraints) {
    constraints = new Map()
    kept.set(tokenizer, constraints)
  }
  const known = constraints.get(key)
  const constraint = known ?? new TokenConstraint(buildAutomaton(grammar(), at), tokenizer)
  // The one that was used last stands last.
  constraints.delete(key)
  constraints.set(key, constraint)
  forgetOldest(constraints)
  return constraint
}

function forgetOldest(constraints: Map<string, TokenConstraint>): void {
  let states = 0
  for (const { automaton } of constraints.values()) states += automaton.states
  for (const [key, { automaton }] of constraints) {
    if (constraints.size <= MAX_KEPT && states <= MAX_STATES_KEPT) return
    constraints.delete(key)
    states -= automaton.states
  }
}
