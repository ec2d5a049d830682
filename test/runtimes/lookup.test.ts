import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import type { LoadProgress } from '../../runtimes/loaded-model.ts'
import { resolveModel } from '../../runtimes/model-source.ts'
import { loadModel as loadSimd } from '../../runtimes/simd/node.ts'
import { loadModel as loadOnnx } from '../../runtimes/transformers/node.ts'
import { compileEngine } from '../../scripts/lib/engine.ts'
import { type Files, withFiles } from '../support/with-files.ts'

/** A random Llama with a lookup (model/train/test_models/heads.py). */
const FOLDER = new URL('../fixtures/models/tiny-heads/', import.meta.url)
const SOURCE = resolveModel(FOLDER.href)
const fileOf = (name: string) => readFileSync(new URL(name, FOLDER))

beforeAll(compileEngine)

describe.each([
  ['our engine', loadSimd],
  ['transformers.js', loadOnnx],
])('on %s', (_, loadModel) => {
  const load = (files: Files, onProgress = (_: LoadProgress) => {}) =>
    loadModel(SOURCE, { maxBytes: 1e6, fetch: withFiles(SOURCE.base, files), onProgress })

  test('a model comes with the lookup beside it', async () => {
    const { lookup, tokenizer } = await load({})
    expect(lookup!.words.slice(0, 4)).toEqual(['open', 'sunday', 'when', "don't"])
    expect(lookup!.vector(lookup!.words.length + tokenizer.vocabSize - 1)).toHaveLength(32)
  })

  test('a model without the file looks nothing up', async () => {
    expect((await load({ 'lookup.gguf': null })).lookup).toBeNull()
  })

  test('the file is counted in', async () => {
    const total = async (files: Files) => {
      const progress: LoadProgress[] = []
      await load(files, (step) => progress.push(step))
      return progress.at(-1)!.total
    }
    const without = await total({ 'lookup.gguf': null })
    expect(await total({})).toBe(without + fileOf('lookup.gguf').length)
  })

  test('a file that is something else is refused', async () => {
    const files = { 'lookup.gguf': new Uint8Array(fileOf('heads.gguf')) }
    await expect(load(files)).rejects.toMatchObject({
      code: 'model_unusable',
      message: expect.stringContaining('not "lookup"'),
    })
  })
})
