/**
 * What a chat model is worth: questions that its training has never seen, put to its shipped files through our own
 * runtimes, and the bits per byte of held-out text where a data folder is given.
 *
 *   npm run eval
 *   npm run eval -- --model FOLDER|ID|URL --runtime transformers --only grounded --show 3 --data FOLDER --json
 */
import { parseArgs } from 'node:util'
import { TextGenerator } from '../decoder/index.ts'
import { ask } from './lib/evaluation/ask.ts'
import { bitsPerByte, heldOutSources } from './lib/evaluation/held-out-text.ts'
import { declines, isRight } from './lib/evaluation/judge.ts'
import { readQuestions } from './lib/evaluation/questions.ts'
import { isRuntime } from './lib/generate-command.ts'
import { loadForNode } from './lib/load-model.ts'
import { locateModel } from './lib/model-location.ts'
import { DEFAULT_MODEL_FOLDER } from './lib/paths.ts'

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: DEFAULT_MODEL_FOLDER },
    runtime: { type: 'string', default: 'simd' },
    only: { type: 'string', default: '' },
    show: { type: 'string', default: '0' },
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
if (!isRuntime(values.runtime)) throw new Error(`There is no runtime "${values.runtime}"`)
const generator = new TextGenerator(await loadForNode(locateModel(values.model), values.runtime))

interface Count {
  number: number
  right: number
  declined: number
}

const counts = new Map<string, Count>()
const shown = new Map<string, number>()
for (const question of readQuestions(new RegExp(values.only))) {
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
  if (shown.get(kind)! > Number(values.show)) continue
  const wanted = question.answer ?? question.spans?.map((texts) => texts.join(' or ')).join(', ')
  console.error(`\n[${kind}] ${question.system ?? ''}\n> ${question.asks.join(' / ')}`)
  console.error(`< ${answer}\n= ${wanted ?? 'declines'}`)
}

const questions = [...counts].sort(([a], [b]) => a.localeCompare(b))
const sources: [string, number][] = []
for (const name of values.data ? heldOutSources(values.data) : []) {
  sources.push([name, await bitsPerByte(generator, values.data!, name)])
}

if (values.json) {
  const bits_per_byte = Object.fromEntries(sources)
  console.log(JSON.stringify({ questions: Object.fromEntries(questions), bits_per_byte }))
} else {
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`
  console.log('\n| questions | number | right | declined |\n|---|---|---|---|')
  for (const [key, { number, right, declined }] of questions) {
    console.log(`| ${key} | ${number} | ${percent(right, number)} | ${percent(declined, number)} |`)
  }
  if (sources.length > 0) console.log('\n| held-out text | bits per byte |\n|---|---|')
  for (const [name, bits] of sources) console.log(`| ${name} | ${bits.toFixed(3)} |`)
}
await generator.model.dispose()
