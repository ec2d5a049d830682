import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { DecodingError } from '../../../decoder/index.ts'
import { ROOT } from '../paths.ts'

/** A line of model/evaluation/questions.jsonl.gz, which model/train/write_questions.py writes. */
export interface Question {
  group: string
  /** Of the facts: `short`, `middle` or `long`; missing where it was not varied. */
  length?: string
  system?: string
  /** Put one after another, with the model's own answers between; only the answer to the last is judged. */
  asks: string[]
  /** The answer must hold one text of each list … */
  spans?: string[][]
  /** … or be one of these; where neither is given it must decline. */
  answers?: string[]
}

const FILE = join(ROOT, 'model/evaluation/questions.jsonl.gz')

/**
 * @param only  pattern of the groups wanted, all by default
 * @throws {DecodingError} that names the groups there are, if none is wanted
 */
export function readQuestions(only = /(?:)/): Question[] {
  const all = gunzipSync(readFileSync(FILE))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line): Question => JSON.parse(line))
  const wanted = all.filter(({ group }) => only.test(group))
  if (wanted.length > 0) return wanted
  const groups = [...new Set(all.map(({ group }) => group))].join(', ')
  throw new DecodingError(
    `No group of questions matches ${only}; there are: ${groups}`,
    'invalid_value',
  )
}

/** At most so many, spread over all of them. */
export function evenly<T>(all: readonly T[], most: number): T[] {
  const step = Math.max(1, all.length / most)
  return Array.from({ length: Math.min(most, all.length) }, (_, i) => all[Math.floor(i * step)]!)
}
