import type { Template } from '@huggingface/jinja'

/** Functions the template language itself brings. */
const BUILT_IN = ['namespace', 'caller']

type Node = { type?: string; value?: unknown } & Record<string, unknown>

/**
 * Names a template calls as functions although nothing defines them, so that it fails when it is loaded, with the
 * name, and not at some visitor's first message.
 *
 * @param known  further names the template is rendered with
 */
export function unknownCalls(program: Template['parsed'], known: readonly string[]): string[] {
  const defined = new Set([...BUILT_IN, ...known])
  const called = new Set<string>()
  visit(program, (node) => {
    if (node.type === 'CallExpression') {
      for (const name of identifiers(node.callee)) called.add(name)
    } else {
      // What set, for and macro statements define; a name too many only makes the check milder.
      for (const part of [node.assignee, node.loopvar, node.name, node.args]) {
        for (const name of identifiers(part)) defined.add(name)
      }
    }
  })
  return [...called].filter((name) => !defined.has(name))
}

function visit(value: unknown, look: (node: Node) => void): void {
  if (value === null || typeof value !== 'object') return
  if (!Array.isArray(value)) look(value as Node)
  for (const child of Object.values(value)) visit(child, look)
}

/** The names in an identifier, a list or a tuple of them. */
function identifiers(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(identifiers)
  const { type, value: inner } = (value ?? {}) as Node
  if (type === 'Identifier') return [String(inner)]
  return type === 'TupleLiteral' ? identifiers(inner) : []
}
