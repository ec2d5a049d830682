/** The models that engines are measured with. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseHeader } from '../../runtimes/gguf/header.ts'
import { ggufTokenizer } from '../../runtimes/gguf/tokenizer.ts'
import { DEFAULT_MODEL, DEFAULT_MODEL_FOLDER } from '../../scripts/lib/paths.ts'
import { letterPrompts, type PromptMaker, wordPrompts } from '../lib/prompts.ts'
import { randomModel } from './random-gguf.ts'
import { makeOnnx } from './random-onnx.ts'
import { SHAPES, type Shape } from './shapes.ts'

export interface Entry {
  name: string
  /** Has model.gguf. */
  folder: string
  /** Null for the default model. */
  shape: Shape | null
  /** Whether transformers.js has a graph of it. */
  hasOnnx: boolean
  promptOf: PromptMaker
  rounds: number
}

const SEED = 7
/** The sizes that transformers.js is compared on. */
export const WITH_ONNX = ['tiny', 'small']

/** The default model, then random ones. @param wants  which, by name */
export async function* entries(wants: (name: string) => boolean): AsyncGenerator<Entry> {
  if (wants(DEFAULT_MODEL)) {
    const folder = DEFAULT_MODEL_FOLDER
    const file = await readFile(join(folder, 'model.gguf'))
    const header = parseHeader(file, file.length)
    if (header === 'more') throw new Error('The default model is cut short')
    const { tokenizer } = ggufTokenizer(header.metadata)
    const promptOf = wordPrompts((text) => tokenizer.encode(text), SEED)
    yield { name: DEFAULT_MODEL, folder, shape: null, hasOnnx: true, promptOf, rounds: 7 }
  }
  for (const shape of SHAPES) {
    if (!wants(shape.name)) continue
    const folder = await randomModel(shape)
    const rounds = shape.name === 'big' ? 3 : shape.name === 'mid' ? 5 : 7
    const hasOnnx = WITH_ONNX.includes(shape.name) && makeOnnx(folder)
    yield { name: shape.name, folder, shape, hasOnnx, promptOf: letterPrompts(SEED), rounds }
  }
}
