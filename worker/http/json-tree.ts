import { invalid } from './api-error.ts'

export const MAX_DEPTH = 32

/** A path of keys and indexes in the spelling of OpenAI's errors: `messages[2].content`. */
export function spellPath(keys: Iterable<unknown>): string {
  let path = ''
  for (const key of keys) path = appendKey(path, key)
  return path
}

function appendKey(path: string, key: unknown): string {
  if (typeof key === 'number') return `${path}[${key}]`
  return path === '' ? String(key) : `${path}.${String(key)}`
}

/**
 * Walks parsed JSON before anything else does, with a stack of its own: what is nested deeper than any request needs
 * would overflow the call stack of a validator or of JSON.stringify. Text with half a surrogate pair is refused,
 * since it has no UTF-8 form and would come back changed.
 *
 * @throws {ApiError} 400 naming the place
 */
export function checkTree(root: unknown): void {
  const stack = [{ value: root, path: '', depth: 1 }]
  for (let node = stack.pop(); node; node = stack.pop()) {
    const { value, path, depth } = node
    if (typeof value === 'string' && !value.isWellFormed()) {
      throw invalid(
        `${path || 'The body'} holds half of a surrogate pair (not valid Unicode).`,
        path,
      )
    }
    if (typeof value !== 'object' || value === null) continue
    if (depth > MAX_DEPTH) {
      throw invalid(`The body is nested more than ${MAX_DEPTH} levels deep.`)
    }
    for (const key of Object.keys(value)) {
      const child = (value as Record<string, unknown>)[key]
      if (typeof child !== 'string' && typeof child !== 'object') continue
      const step = Array.isArray(value) ? Number(key) : key
      stack.push({ value: child, path: appendKey(path, step), depth: depth + 1 })
    }
  }
}
