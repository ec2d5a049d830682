/**
 * One generation in Node from any model: how an owner tries a model before deploying it.
 *
 *   npm run generate -- --prompt "Once upon a time" --max-tokens 50
 *   npm run generate -- --model path/to/folder --chat "hello" --temperature 0
 *   npm run generate -- --model org/name --prompt-ids 1,2,3 --json
 */
import { type GenerationOptions, type Speculation, TextGenerator } from '../decoder/index.ts'
import { checkSameTokens, fillCausal, fillMasked, passInWords } from './lib/fill.ts'
import { type Command, parseCommand, USAGE } from './lib/generate-command.ts'
import { loadFlag, loadMaskedFlag } from './lib/load-model.ts'
import { runCommand } from './lib/run-command.ts'

await runCommand(async () => {
  const command = parseCommand(process.argv.slice(2))
  if (command.help) return console.log(USAGE)
  const { runtime } = command
  const { model, tokenizer, chatTemplate } = await loadFlag('model', command.model, runtime)
  const draft = command.draft === undefined ? null : await loadFlag('draft', command.draft, runtime)
  const generator = new TextGenerator({ model, tokenizer, chatTemplate, draft })
  if (command.fill !== undefined) await fill(generator, command, command.fill)
  else await answer(generator, promptIds(generator, command), command)
  await model.dispose()
  await draft?.model.dispose()
})

async function answer(
  generator: TextGenerator,
  prompt: number[],
  { options, json }: Command,
): Promise<void> {
  const result = await generate(generator, prompt, options, (text) => {
    if (!json) process.stdout.write(text)
  })
  if (json) return console.log(JSON.stringify(result))
  console.log(result.beams ? listOf(result.beams) : '')
  if (result.speculation) console.error(inWords(result.speculation, result.ids.length))
}

function inWords({ proposed, accepted, passes }: Speculation, tokens: number): string {
  const each = passes > 0 ? ((tokens - 1) / passes).toFixed(2) : '0'
  return `${accepted} of ${proposed} guesses accepted; ${each} tokens a pass`
}

/** How a text stands after each pass over all its places; a line each, or one of JSON. */
async function fill(generator: TextGenerator, command: Command, length: number): Promise<void> {
  const passes = command.masked
    ? await fillWithMasked(command.masked, generator, command, length)
    : await fillCausal(generator, promptIds(generator, command), length)
  if (command.json) console.log(JSON.stringify({ passes }))
  else for (const [i, pass] of passes.entries()) console.log(passInWords(pass, i + 1))
}

async function fillWithMasked(
  name: string,
  generator: TextGenerator,
  command: Command,
  length: number,
) {
  const masked = await loadMaskedFlag('masked', name)
  try {
    const { input, passes } = command
    const prompt =
      input.kind === 'prompt' ? masked.tokenizer.encode(input.text) : promptIds(generator, command)
    if (input.kind === 'chat') checkSameTokens(prompt, generator.tokenizer, masked.tokenizer)
    return await fillMasked(masked, prompt, { length, passes })
  } finally {
    await masked.model.dispose()
  }
}

function promptIds(generator: TextGenerator, { input }: Command): number[] {
  if (input.kind === 'ids') return input.ids
  if (input.kind === 'prompt') return generator.encodePrompt(input.text)
  return generator.encodeChat([{ role: 'user', content: input.text }])
}

/** Several answers of a search, under the best. */
function listOf(beams: readonly Answer[]): string {
  return beams.map(({ text, score }) => `\n${score?.toFixed(4)}  ${text}`).join('')
}

interface Answer {
  text: string
  /** An end token included. */
  ids: number[]
  /** What a beam search ranks its answers by. */
  score?: number
}

/** @returns the best answer, all of them if there are several, and the speed, reading the prompt included */
async function generate(
  generator: TextGenerator,
  prompt: number[],
  options: GenerationOptions,
  onText: (text: string) => void,
) {
  const answers: Answer[] = []
  let answer: Answer = { text: '', ids: [] }
  let speculation: Speculation | undefined
  const start = performance.now()
  for await (const batch of generator.generate(prompt, options)) {
    for (const event of batch) {
      if (event.type === 'text') {
        answer.text += event.text
        answer.ids.push(...event.tokens.map(({ id }) => id))
        if (answers.length === 0) onText(event.text)
      } else if (event.type === 'done') {
        speculation = event.usage.speculation
        answers.push(event.score === undefined ? answer : { ...answer, score: event.score })
        answer = { text: '', ids: [] }
      }
    }
  }
  const seconds = (performance.now() - start) / 1000
  const best = answers[0]!
  const tokens_per_second = Math.round(best.ids.length / seconds)
  return {
    ...best,
    tokens_per_second,
    ...(speculation && { speculation }),
    ...(answers.length > 1 && { beams: answers }),
  }
}
