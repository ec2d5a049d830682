/**
 * What a chat model is worth: questions that its training has never seen, put to its shipped files through our own
 * runtimes; what its heads and a draft model guess of its answers, and how much of them a masked model fills in; and the
 * bits per byte of held-out text where a data folder is given.
 *
 *   npm run eval
 *   npm run eval -- --model FOLDER|ID|URL --runtime transformers --only grounded --show 3 --data FOLDER --json
 */
import { hasHeads, TextGenerator } from '../decoder/index.ts'
import { EVAL_USAGE, parseEvalCommand } from './lib/eval-command.ts'
import { countAnswers } from './lib/evaluation/answers.ts'
import { firstPrompt } from './lib/evaluation/ask.ts'
import { filling } from './lib/evaluation/filling.ts'
import { type GuessingMethod, guessing } from './lib/evaluation/guessing.ts'
import { bitsPerByte, heldOutSources } from './lib/evaluation/held-out-text.ts'
import { evenly, readQuestions } from './lib/evaluation/questions.ts'
import { asJson, asTables, type Report } from './lib/evaluation/report.ts'
import { checkSameTokens } from './lib/fill.ts'
import { loadFlag, loadMaskedFlag } from './lib/load-model.ts'
import { runCommand } from './lib/run-command.ts'

/** Of the questions, how many are enough to see what is guessed and filled in. */
const SOME = 120

await runCommand(async () => {
  const command = parseEvalCommand(process.argv.slice(2))
  const { help, model, runtime, only, show, data, draft, masked, json } = command
  if (help) return console.log(EVAL_USAGE)
  const questions = readQuestions(only)
  const texts = data === undefined ? [] : heldOutSources(data)
  const drafter = draft === undefined ? null : await loadFlag('draft', draft, runtime)
  const filler = masked === undefined ? null : await loadMaskedFlag('masked', masked)
  const generator = new TextGenerator({
    ...(await loadFlag('model', model, runtime)),
    draft: drafter,
  })
  const some = evenly(questions, SOME)
  if (filler) {
    checkSameTokens(await firstPrompt(generator, some[0]!), generator.tokenizer, filler.tokenizer)
  }
  const report: Report = {
    questions: await countAnswers(generator, questions, show),
    bits_per_byte: [],
    guessing: [],
    filling: [],
  }
  for (const name of texts) {
    report.bits_per_byte.push([name, await bitsPerByte(generator, data!, name)])
  }
  const methods: GuessingMethod[] = []
  if (drafter) methods.push('draft_model')
  if (hasHeads(generator.model)) methods.push('mtp')
  // Beside one of them, what costs nothing to guess.
  if (methods.length > 0) methods.push('ngram')
  for (const method of methods) {
    report.guessing.push([method, await guessing(generator, some, method)])
  }
  if (filler) {
    const found = await filling(generator, filler.model, some, [1, 2, 4, 10])
    report.filling = [...found].map(([passes, share]) => [`${passes}`, share])
  }
  console.log(json ? asJson(report) : asTables(report))
  await generator.model.dispose()
  await drafter?.model.dispose()
  await filler?.model.dispose()
})
