import type { Expression } from '../language/expression.ts'

/** What the parts of a schema are compiled with. */
export interface Compilation {
  /** @param at  where the schema stands, for error messages */
  value(schema: unknown, at: string, depth: number): Expression
  /** As a rule of its own, which costs one state a use. */
  named(expression: Expression, at: string): Expression
}
