import { access } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { LoadedModel } from '../../runtimes/loaded-model.ts'
import type { ModelSource } from '../../runtimes/model-source.ts'
import { compileEngine } from './engine.ts'
import type { Runtime } from './generate-command.ts'

/** Node has no isolate's limit; this is the most that 32-bit WebAssembly could hold. */
const MAX_BYTES = 3 * 2 ** 30

/** Loads a model with the runtime asked for, or else with the one that its files are for. */
export async function loadForNode(
  source: ModelSource,
  runtime: Runtime | undefined,
): Promise<LoadedModel> {
  const chosen = runtime ?? ((await hasOnlyGguf(source)) ? 'simd' : 'transformers')
  if (chosen === 'transformers') {
    const { loadModel } = await import('../../runtimes/transformers/node.ts')
    return loadModel(source, { maxBytes: MAX_BYTES })
  }
  await compileEngine()
  const { loadModel } = await import('../../runtimes/simd/node.ts')
  return loadModel(source, { maxBytes: MAX_BYTES })
}

/** Whether a folder on disk has a model.gguf and no ONNX graphs. */
async function hasOnlyGguf({ base }: ModelSource): Promise<boolean> {
  if (!base.startsWith('file:')) return false
  const has = (name: string) =>
    access(fileURLToPath(new URL(name, base))).then(
      () => true,
      () => false,
    )
  return (await has('model.gguf')) && !(await has('onnx'))
}
