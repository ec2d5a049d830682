import type { TextGenerator } from '../../../decoder/index.ts'
import { ask } from './ask.ts'
import { declines, isRight } from './judge.ts'
import type { Question } from './questions.ts'

export interface Count {
  number: number
  right: number
  declined: number
}

/** Puts the questions, and shows so many answers of each kind. @returns counts by group and by length of the facts */
export async function countAnswers(
  generator: TextGenerator,
  questions: readonly Question[],
  show: number,
): Promise<[string, Count][]> {
  const counts = new Map<string, Count>()
  const shown = new Map<string, number>()
  for (const question of questions) {
    const answer = await ask(generator, question)
    const { group, length } = question
    const right = isRight(question, answer)
    for (const key of length ? [group, `${group}, ${length} facts`] : [group]) {
      const count = counts.get(key) ?? { number: 0, right: 0, declined: 0 }
      counts.set(key, count)
      count.number++
      count.right += Number(right)
      count.declined += Number(declines(answer))
    }
    const kind = `${group}, ${right ? 'right' : 'WRONG'}`
    shown.set(kind, (shown.get(kind) ?? 0) + 1)
    if (shown.get(kind)! <= show) showAnswer(kind, question, answer)
  }
  return [...counts].sort(([a], [b]) => a.localeCompare(b))
}

function showAnswer(kind: string, { system, asks, spans, answers }: Question, given: string): void {
  const wanted = answers?.join(' or ') ?? spans?.map((texts) => texts.join(' or ')).join(', ')
  console.error(`\n[${kind}] ${system ?? ''}\n> ${asks.join(' / ')}`)
  console.error(`< ${given}\n= ${wanted ?? 'declines'}`)
}
