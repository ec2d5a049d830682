import type { Count } from './answers.ts'
import type { Filling } from './filling.ts'
import type { Guessing } from './guessing.ts'

/** Everything that an evaluation has found; what it was not asked for is empty. */
export interface Report {
  questions: [string, Count][]
  /** By source of held-out text. */
  bits_per_byte: [string, number][]
  /** By method of speculative decoding. */
  guessing: [string, Guessing][]
  /** By number of passes. */
  filling: [string, Filling][]
}

export function asJson(report: Report): string {
  const tables = Object.entries(report).map(([name, rows]) => [name, Object.fromEntries(rows)])
  return JSON.stringify(Object.fromEntries(tables))
}

/** Markdown tables, one for each part that has rows. */
export function asTables({ questions, bits_per_byte, guessing, filling }: Report): string {
  return [
    table(
      ['questions', 'number', 'right', 'declined'],
      questions.map(([key, { number, right, declined }]) => {
        return [key, `${number}`, percent(right / number), percent(declined / number)]
      }),
    ),
    table(
      ['held-out text', 'bits per byte'],
      bits_per_byte.map(([name, bits]) => [name, bits.toFixed(3)]),
    ),
    table(
      ['guessed by', 'accepted', 'tokens a pass'],
      guessing.map(([method, { accepted, tokensPerPass }]) => {
        return [method, percent(accepted), tokensPerPass.toFixed(2)]
      }),
    ),
    table(
      ['answers filled in, passes', 'tokens as written', 'answers as written'],
      filling.map(([passes, { tokens, answers }]) => [passes, percent(tokens), percent(answers)]),
    ),
  ].join('')
}

function table(header: string[], rows: string[][]): string {
  if (rows.length === 0) return ''
  const lines = [header, header.map(() => '---'), ...rows]
  return `\n${lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
