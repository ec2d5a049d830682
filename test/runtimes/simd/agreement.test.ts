import { beforeAll, expect, test } from 'vitest'
import { type LanguageModel, TextGenerator } from '../../../decoder/index.ts'
import type { LoadedModel } from '../../../runtimes/loaded-model.ts'
import { resolveModel } from '../../../runtimes/model-source.ts'
import { loadModel as loadSimd } from '../../../runtimes/simd/node.ts'
import { loadModel as loadTransformers } from '../../../runtimes/transformers/node.ts'
import { compileEngine } from '../../../scripts/lib/engine.ts'

const DEFAULT = new URL('../../../model/edgewise-chat/', import.meta.url).href
const TOKENS = 40

const QUESTIONS = [
  'Hello!',
  'hi there',
  'Good evening, is anybody there?',
  'What can you do?',
  'Who are you?',
  'are you open on Sunday?',
  'When do you close today?',
  'What time do you open on a Monday morning?',
  'can you book a table for two tonight',
  'A table for six at 8 pm, please.',
  'Do you have anything vegetarian?',
  'Is there gluten in the bread?',
  'How much is a ticket?',
  'Do children pay less?',
  'I want to cancel my order.',
  'my parcel never arrived',
  'How long does delivery take?',
  'Can I pay by card?',
  'Do you take cash?',
  'Where are you?',
  'How do I get to you from the station?',
  'Is there parking nearby?',
  'May I bring my dog?',
  'Is the entrance step-free?',
  'Tell me about books.',
  'Which novel would you give to a friend?',
  'Write a short poem about rain.',
  'Tell me a joke.',
  'What is the capital of France?',
  'How many days are in a week?',
  'What is 2 + 2?',
  'Name three colours.',
  'Why is the sky blue?',
  'Who wrote Hamlet?',
  'Explain what a library is.',
  'Thank you very much.',
  'thanks, bye',
  'No, that is wrong.',
  'I do not understand you.',
  'You are very kind.',
  'ÄÖÜ ß — “quotes” and 👋🏽',
  '¿Hablas español?',
  'asdf qwer zxcv',
  '?',
  'WHY ARE YOU SHOUTING',
  'one two three four five six seven eight nine ten',
  'Please call me at 555 0199 tomorrow at 10:30.',
  'I lost my umbrella in your shop yesterday, it is green with a wooden handle.',
  'My grandmother turns ninety in June and she loves gardening. What could I give her?',
  'If I order today before noon, will it be there on Friday, and what does it cost?',
]

let engines: LoadedModel[]
beforeAll(async () => {
  await compileEngine()
  const source = resolveModel(DEFAULT)
  engines = [
    await loadSimd(source, { maxBytes: 1e8 }),
    await loadTransformers(source, { maxBytes: 1e8 }),
  ]
})

async function greedy(model: LanguageModel, prompt: number[]): Promise<number[]> {
  const cache = model.createCache()
  const ids: number[] = []
  for (let tokens = prompt; ids.length < TOKENS; tokens = ids.slice(-1)) {
    const row = (await model.forward([{ cache, tokens }]))[0]![0]!
    ids.push(row.indexOf(Math.max(...row)))
  }
  cache.dispose()
  return ids
}

test('the same greedy tokens as ONNX Runtime on the default model, over 50 prompts', async () => {
  expect(QUESTIONS).toHaveLength(50)
  const [ours, theirs] = engines as [LoadedModel, LoadedModel]
  const generator = new TextGenerator(ours)
  const peer = new TextGenerator(theirs)
  for (const content of QUESTIONS) {
    const prompt = generator.encodeChat([{ role: 'user', content }])
    // The GGUF's own tokenizer and template against those beside the graph.
    expect(prompt).toEqual(peer.encodeChat([{ role: 'user', content }]))
    const expected = await greedy(theirs.model, prompt)
    expect({ content, ids: await greedy(ours.model, prompt) }).toEqual({ content, ids: expected })
  }
}, 240_000)
