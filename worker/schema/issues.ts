import type { BaseIssue } from 'valibot'
import { type ApiError, invalid } from '../http/api-error.ts'
import { spellPath } from '../http/json-tree.ts'

/** A failed check as an error that names the field and says what would be right. */
export function issueError(issue: BaseIssue<unknown>): ApiError {
  const { path, problem } = describe(issue)
  const param = spellPath(path)
  return invalid(param ? `${param} ${problem}.` : `The body ${problem}.`, param || null)
}

interface Description {
  path: unknown[]
  problem: string
}

function describe(issue: BaseIssue<unknown>): Description {
  const path = (issue.path ?? []).map(({ key }) => key)
  // Of a union's branches, the one that failed inside is the one that was meant: a list with a wrong item is a list.
  const inner = issue.type === 'union' ? issue.issues?.find(isDeeper) : undefined
  if (inner) {
    const { path: rest, problem } = describe(inner)
    return { path: [...path, ...rest], problem }
  }
  return { path, problem: problemOf(issue) }
}

const isDeeper = (issue: BaseIssue<unknown>) =>
  issue.kind === 'validation' || (issue.path?.length ?? 0) > 0 || issue.issues?.some(isDeeper)

function problemOf({
  type,
  kind,
  expected,
  requirement,
  received,
  input,
  message,
}: BaseIssue<unknown>) {
  const unit = typeof input === 'string' ? 'characters' : 'items'
  switch (type) {
    case 'min_value':
      return `must be at least ${requirement}`
    case 'max_value':
      return `must be at most ${requirement}`
    case 'gt_value':
      return `must be above ${requirement}`
    case 'lt_value':
      return `must be below ${requirement}`
    case 'max_entries':
      return `must have at most ${requirement} entries`
    case 'finite':
      return 'must be a finite number'
    case 'safe_integer':
      return 'must be an integer that a double holds exactly'
    case 'min_length':
      return requirement === 1 ? 'must not be empty' : `must have at least ${requirement} ${unit}`
    case 'max_length':
      return `must have at most ${requirement} ${unit}`
  }
  if (kind === 'validation' || type === 'custom') return message
  if (expected === 'never') return 'is not supported'
  if (received === 'undefined') return 'is required'
  if (expected === 'never') return 'is not known here'
  return `must be ${inWords(expected ?? '')}`
}

/** Valibot's `(string | Array)` as "a string or an array". */
function inWords(expected: string): string {
  const names = expected.replace(/^\(|\)$/g, '').split(' | ')
  return names.map((name) => WORDS[name] ?? name).join(' or ')
}

const WORDS: Record<string, string> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  Array: 'an array',
  Object: 'an object',
}
