import { DecodingError } from '../../decoder/index.ts'
import { loadPreferred } from '../../runtimes/load.ts'
import type { LoadedModel } from '../../runtimes/loaded-model.ts'
import type { ModelSource } from '../../runtimes/model-source.ts'
import { compileEngine } from './engine.ts'
import type { Runtime } from './flag-values.ts'
import { locateModel } from './model-location.ts'

/** Node has no isolate's limit; this is the most that 32-bit WebAssembly could hold. */
const MAX_BYTES = 3 * 2 ** 30

/** Loads a model with the runtime asked for, or else with the one that its files are for, as the edge does. */
export async function loadForNode(
  source: ModelSource,
  runtime: Runtime | undefined,
): Promise<LoadedModel> {
  const options = { maxBytes: MAX_BYTES }
  const loadOther = async () => {
    const { loadModel } = await import('../../runtimes/transformers/node.ts')
    return loadModel(source, options)
  }
  if (runtime === 'transformers') return loadOther()
  await compileEngine()
  const { loadModel, simdPlace } = await import('../../runtimes/simd/node.ts')
  if (runtime === 'simd') return loadModel(source, options)
  return loadPreferred(source, options, simdPlace(options), loadOther)
}

/** The same for a flag's model: a folder, a URL or an id. @throws {DecodingError} whose message begins with the flag */
export function loadFlag(
  flag: string,
  model: string,
  runtime: Runtime | undefined,
): Promise<LoadedModel> {
  return named(flag, model, (source) => loadForNode(source, runtime))
}

/** The same for a masked model, which only one runtime takes. */
export function loadMaskedFlag(flag: string, model: string) {
  return named(flag, model, async (source) => {
    const { loadMaskedModel } = await import('../../runtimes/transformers/node.ts')
    return loadMaskedModel(source, { maxBytes: MAX_BYTES })
  })
}

async function named<Loaded>(
  flag: string,
  model: string,
  load: (source: ModelSource) => Promise<Loaded>,
): Promise<Loaded> {
  try {
    return await load(locateModel(model))
  } catch (error) {
    if (!(error instanceof DecodingError)) throw error
    throw new DecodingError(`--${flag} ${model}: ${error.message}`, error.code)
  }
}
