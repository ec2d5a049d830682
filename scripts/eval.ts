/**
 * What a chat model is worth: questions that its training has never seen, put to its shipped files through our own
 * runtimes, and the bits per byte of held-out text where a data folder is given.
 *
 *   npm run eval
 *   npm run eval -- --model FOLDER|ID|URL --runtime transformers --only grounded --show 3 --data FOLDER --json
 */
import { TextGenerator } from '../decoder/index.ts'
import { EVAL_USAGE, parseEvalCommand } from './lib/eval-command.ts'
import { ask } from './lib/evaluation/ask.ts'
import { bitsPerByte, heldOutSources } from './lib/evaluation/held-out-text.ts'
import { declines, isRight } from './lib/evaluation/judge.ts'
import { type Question, readQuestions } from './lib/evaluation/questions.ts'
import { loadFlag } from './lib/load-model.ts'
import { runCommand } from './lib/run-command.ts'

interface Count {
  number: number
  right: number
  declined: number
}

await runCommand(async () => {
  const { help, model, runtime, only, show, data, json } = parseEvalCommand(process.argv.slice(2))
  if (help) return console.log(EVAL_USAGE)
  const asked = readQuestions(only)
  const texts = data === undefined ? [] : heldOutSources(data)
  const generator = new TextGenerator(await loadFlag('model', model, runtime))
  const questions = await countAnswers(generator, asked, show)
  const sources: [string, number][] = []
  for (const name of texts) sources.push([name, await bitsPerByte(generator, data!, name)])
  if (json) printJson(questions, sources)
  else printTables(questions, sources)
  await generator.model.dispose()
})

/** Puts the questions, and shows so many answers of each kind. @returns counts by group and by length of the facts */
async function countAnswers(
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

function showAnswer(kind: string, { system, asks, spans, answer }: Question, given: string): void {
  const wanted = answer ?? spans?.map((texts) => texts.join(' or ')).join(', ')
  console.error(`\n[${kind}] ${system ?? ''}\n> ${asks.join(' / ')}`)
  console.error(`< ${given}\n= ${wanted ?? 'declines'}`)
}

function printJson(questions: [string, Count][], sources: [string, number][]): void {
  const bits_per_byte = Object.fromEntries(sources)
  console.log(JSON.stringify({ questions: Object.fromEntries(questions), bits_per_byte }))
}

function printTables(questions: [string, Count][], sources: [string, number][]): void {
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`
  console.log('\n| questions | number | right | declined |\n|---|---|---|---|')
  for (const [key, { number, right, declined }] of questions) {
    console.log(`| ${key} | ${number} | ${percent(right, number)} | ${percent(declined, number)} |`)
  }
  if (sources.length > 0) console.log('\n| held-out text | bits per byte |\n|---|---|')
  for (const [name, bits] of sources) console.log(`| ${name} | ${bits.toFixed(3)} |`)
}
