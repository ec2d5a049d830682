import { schemaError } from './schema-error.ts'

export const MAX_DEPTH = 64
const MAX_NODES = 20_000

/** With a stack of its own: what is nested too deep would overflow any other check. @throws {DecodingError} */
export function checkSize(root: unknown, at: string): void {
  const stack = [{ value: root, depth: 0 }]
  let nodes = 0
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (node.depth > MAX_DEPTH) {
      throw schemaError(at, `is nested more than ${MAX_DEPTH} levels deep`)
    }
    if (++nodes > MAX_NODES) throw schemaError(at, `has more than ${MAX_NODES} parts`)
    if (typeof node.value !== 'object' || node.value === null) continue
    for (const value of Object.values(node.value)) stack.push({ value, depth: node.depth + 1 })
  }
}
