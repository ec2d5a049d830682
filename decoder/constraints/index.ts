/**
 * Structured output, in the order data meets it: a description (JSON schema, regular expression, grammar, list of choices)
 * becomes an expression, the expression an automaton over bytes, and the automaton tells which tokens may come next.
 */

export { buildAutomaton } from './automaton/automaton.ts'
export { Matcher } from './automaton/matcher.ts'
export { constraintFor } from './constraint-for.ts'
export { compileSchema } from './json-schema/compile-schema.ts'
export { jsonRules } from './json-schema/json-text.ts'
export * from './language/expression.ts'
export { parseGrammar } from './notation/grammar.ts'
export { parsePattern } from './notation/pattern.ts'
export { STRUCTURED_OUTPUTS, structuredGrammar } from './structured-outputs.ts'
export { ConstraintWalk } from './vocabulary/constraint-walk.ts'
export { TokenConstraint } from './vocabulary/token-constraint.ts'
