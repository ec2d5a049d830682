import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type GenerationInput, parseOptions, TextGenerator } from '../decoder/index.ts'
import type { LoadedModel } from '../runtimes/loaded-model.ts'
import { loadForNode } from '../scripts/lib/load-model.ts'
import { locateModel } from '../scripts/lib/model-location.ts'
import { DEFAULT_MODEL, DEFAULT_MODEL_FOLDER, ROOT } from '../scripts/lib/paths.ts'
import { compete, type Result } from './lib/measure.ts'
import type { Entry } from './models/entries.ts'
import { randomModel } from './models/random-gguf.ts'
import { type Script, scripted } from './models/scripted.ts'
import type { Shape } from './models/shapes.ts'

const PASSAGE = 160
const ANSWER = 128
/** In a copy with changes, every so many tokens one is another. */
const CHANGED = 24
/** The draft model guesses so many tokens right, then one wrong. */
const RIGHT_GUESSES = 12
/** Most guesses in a row: as many as pay for each. */
const LENGTHS = { ngram: 16, tree: 16, lookahead: 4, draft_model: 6 }
const METHODS = ['ngram', 'tree', 'lookahead', 'draft_model'] as const

/** A draft model for a vocabulary: a tenth of the 40 M shape's work. */
const draftShape = (vocab: number): Shape => ({
  ...{ name: `draft-${vocab}`, layers: 2, width: 256, heads: 4, kvHeads: 2, ffn: 704 },
  vocab,
})

const QUESTIONS = [
  'can you book a table for two tonight',
  'What time do you open on a Monday morning?',
  'Write a short poem about rain.',
  'Do you have anything vegetarian?',
]

/**
 * What guesses gain over one token a pass, all greedy and of the same tokens, the prompt read before. Copies are of prose
 * that the prompt holds (this repository's licence): whole, and with changes; their texts are dictated, see `scripted`,
 * and their passes real. Of the default model also its own answers, which copy nothing.
 */
export async function benchSpeculation(entry: Entry): Promise<Result[]> {
  if (entry.name !== 'mid' && entry.name !== DEFAULT_MODEL) return []
  const { model, tokenizer, chatTemplate } = await load(entry.folder)
  const { vocabSize, eosIds } = model.config
  const small = await load(await randomModel(draftShape(vocabSize)))
  let script: Script = { promptLength: 0, ids: [] }
  const guesser = scripted(small.model, () => ({
    ...script,
    ids: script.ids.map((id, i) => (i % (RIGHT_GUESSES + 1) === RIGHT_GUESSES ? id ^ 1 : id)),
  }))
  const draft = { model: { ...guesser, config: { ...guesser.config, eosIds } }, tokenizer }
  const parts = { model: scripted(model, () => script), tokenizer }
  // A tree is guessed by the draft model where there is one.
  const [alone, drafted] = [new TextGenerator(parts), new TextGenerator({ ...parts, draft })]
  const results: Result[] = []
  const passage = await prose()
  for (const [what, changed] of [
    ['a copy', 0],
    [`a copy with one token in ${CHANGED} changed`, CHANGED],
  ] as const) {
    const ids = passage
      .slice(0, ANSWER)
      .map((id, i) => (changed > 0 && i % changed === changed - 1 ? id ^ 1 : id))
    script = { promptLength: passage.length, ids }
    for (const method of METHODS) {
      const generator = method === 'draft_model' ? drafted : alone
      const run = (input: GenerationInput) => speed(generator, passage, input, ids)
      results.push(...(await contest(`${entry.name}, speculation, ${what}`, method, run, entry)))
    }
  }
  if (entry.name === DEFAULT_MODEL) {
    const own = new TextGenerator({ model, tokenizer, chatTemplate })
    const prompts = QUESTIONS.map((content) => own.encodeChat([{ role: 'user', content }]))
    for (const method of ['ngram', 'tree', 'lookahead'] as const) {
      const run = async (input: GenerationInput) => {
        let sum = 0
        for (const prompt of prompts) sum += await speed(own, prompt, input)
        return sum / prompts.length
      }
      const name = `${entry.name}, speculation, its own answers`
      results.push(...(await contest(name, method, run, entry)))
    }
  }
  await Promise.all([model.dispose(), small.model.dispose()])
  return results
}

function contest(
  name: string,
  method: (typeof METHODS)[number],
  run: (input: GenerationInput) => Promise<number>,
  { rounds }: Entry,
): Promise<Result[]> {
  return compete({
    name: `${name}: ${method}`,
    unit: 'tokens/s',
    ours: () => run({ speculative: { method, num_tokens: LENGTHS[method] } }),
    peers: { 'one token a pass': () => run({}) },
    rounds: Math.min(rounds, 5),
  })
}

/** Tokens a second of a whole answer. @param expected  the tokens that it must have */
async function speed(
  generator: TextGenerator,
  prompt: readonly number[],
  input: GenerationInput,
  expected?: readonly number[],
): Promise<number> {
  const options = parseOptions({
    ...{
      temperature: 0,
      max_tokens: expected?.length ?? ANSWER,
      ignore_eos: expected !== undefined,
    },
    ...input,
  })
  const ids: number[] = []
  const start = performance.now()
  for await (const batch of generator.generate(prompt, options)) {
    for (const event of batch) {
      if (event.type === 'text') ids.push(...event.tokens.map(({ id }) => id))
    }
  }
  const seconds = (performance.now() - start) / 1000
  if (expected && ids.join() !== expected.join()) throw new Error('It said something else')
  return ids.length / seconds
}

/** The default model's tokens of running text; every model here has at least as many. */
async function prose(): Promise<number[]> {
  const { tokenizer } = await load(DEFAULT_MODEL_FOLDER)
  const text = readFileSync(join(ROOT, 'LICENSE'), 'utf8').replaceAll(/\s+/g, ' ')
  return tokenizer.encode(text.slice(text.indexOf('Grant of Copyright'))).slice(0, PASSAGE)
}

function load(folder: string): Promise<LoadedModel> {
  return loadForNode(locateModel(folder), 'simd')
}
