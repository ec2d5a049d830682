import { DecodingError } from '../../decoder/errors.ts'
import type { LanguageModel } from '../../decoder/language-model.ts'
import { ModelFiles } from '../files/model-files.ts'
import type { PartStore } from '../files/part-store.ts'
import { ProgressMeter } from '../files/progress.ts'
import { LOOKUP_FILE, lookupIn } from '../gguf/lookup.ts'
import type { LoadedModel, LoadOptions } from '../loaded-model.ts'
import type { ModelSource } from '../model-source.ts'
import { findChatTemplate } from '../tokenizer/chat-template.ts'
import { createTokenizer } from '../tokenizer/hugging-face-tokenizer.ts'
import { HEADS_FILE } from './heads.ts'
import type { ModelParts } from './model-parts.ts'
import type { OnnxRuntime } from './onnx-runtime.ts'
import { sizeOf, startModel } from './start-model.ts'
import { chooseWeights, type Precision, tooLarge } from './weights.ts'

/** What differs between the places a model runs in. */
export interface Place {
  fetch: typeof fetch
  store: PartStore
  precisions: readonly Precision[]
  /** Announces what must be fetched for the engine, once the model is known to fit; what it returns starts it. */
  engine(meter: ProgressMeter): Promise<(signal: AbortSignal) => Promise<OnnxRuntime>>
}

const SMALL_FILES = [
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
]

/** Opens a model's folder and reads what must be known before the weights are fetched. */
export async function openModel(source: ModelSource, options: LoadOptions, place: Place) {
  const { fetch, store } = place
  const files = await ModelFiles.open(source, { fetch, store, signal: options.signal })
  const config = await files.readJson('config.json')
  if (!config) {
    throw new DecodingError(`The model "${source.id}" was not found`, 'model_not_found', 'model')
  }
  const weights = await chooseWeights(files, config, place.precisions, options.maxBytes)
  const room = options.maxBytes - (weights.bytes ?? 0)
  const extras = config.is_encoder_decoder === true ? [] : await findExtras(files, room)
  return { files, config, weights, extras }
}

/** Files beside the graphs, which the model does without where there is no room for them. */
async function findExtras(files: ModelFiles, room: number): Promise<string[]> {
  const found: string[] = []
  let left = room
  for (const facts of await Promise.all([files.facts(LOOKUP_FILE), files.facts(HEADS_FILE)])) {
    if (!facts || (facts.bytes ?? 0) > left) continue
    left -= facts.bytes ?? 0
    found.push(facts.name)
  }
  return found
}

/** Bytes that a load would take from the network now, the engine aside. */
export async function missingModelBytes(
  source: ModelSource,
  options: LoadOptions,
  place: Place,
): Promise<number> {
  const { files, weights, extras } = await openModel(source, options, place)
  const names = [...SMALL_FILES, ...weights.files, ...extras]
  const missing = names.map((name) => files.missing(name))
  return (await Promise.all(missing)).reduce((sum, bytes) => sum + bytes, 0)
}

/** Fetches everything, weights and engine side by side; the first failure stops the rest. */
export async function fetchModel(
  source: ModelSource,
  options: LoadOptions,
  place: Place,
): Promise<ModelParts> {
  const { files, config, weights, extras } = await openModel(source, options, place)
  const meter = new ProgressMeter(options.onProgress)
  const names = [...weights.files, ...extras]
  for (const name of names) meter.expect(name, (await files.facts(name))?.bytes ?? null)
  const startEngine = await place.engine(meter)

  const failure = new AbortController()
  const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])])
  const fetched = new Map<string, Uint8Array<ArrayBuffer>>()
  const fetchWeights = async () => {
    let limit = options.maxBytes
    for (const name of names) {
      const onBytes = (here: number) => meter.update(name, here)
      const bytes = await files.read(name, { onBytes, limit, signal })
      fetched.set(name, bytes)
      limit -= bytes.length
    }
  }
  try {
    const [runtime, tokenizer, tokenizerConfig, generation, template] = await Promise.all([
      startEngine(signal),
      files.readJson('tokenizer.json'),
      files.readJson('tokenizer_config.json'),
      files.readJson('generation_config.json'),
      files.readText('chat_template.jinja'),
      fetchWeights(),
    ])
    if (!tokenizer) {
      throw new DecodingError(`The model "${source.id}" has no tokenizer.json`, 'model_unusable')
    }
    meter.finish()
    const ownTokenizer = createTokenizer(tokenizer, tokenizerConfig ?? {})
    const lookup = fetched.get(LOOKUP_FILE)
    return {
      source,
      config,
      generation: generation ?? {},
      weights,
      graphFiles: new Map(weights.files.map((name) => [name, fetched.get(name)!])),
      heads: fetched.get(HEADS_FILE) ?? null,
      lookup: lookup ? lookupIn(lookup, ownTokenizer.vocabSize) : null,
      tokenizer: ownTokenizer,
      chatTemplate: findChatTemplate(template, tokenizerConfig ?? {}),
      runtime,
    }
  } catch (error) {
    failure.abort()
    options.signal?.throwIfAborted()
    if (error instanceof DecodingError && error.code === 'model_too_large') {
      throw tooLarge(source.id, weights.bytes ?? options.maxBytes, options.maxBytes)
    }
    throw error
  }
}

/** What is shown of a started model. */
export function describeModel(
  parts: ModelParts,
  model: LanguageModel,
  on: Pick<LoadedModel, 'device' | 'note'>,
): LoadedModel {
  return {
    id: parts.source.id,
    model,
    tokenizer: parts.tokenizer,
    chatTemplate: parts.chatTemplate,
    lookup: parts.lookup,
    architecture: String(parts.config.model_type ?? 'unknown'),
    quantization: parts.weights.precision.dtype,
    bytes: sizeOf(parts.graphFiles),
    runtime: 'transformers.js',
    freeMemory: null,
    sequenceBytes: null,
    ...on,
  }
}

/** Loads a model onto the processor, the same way in every place. */
export async function loadOnCpu(
  source: ModelSource,
  options: LoadOptions,
  place: Place,
  note: string | null = null,
): Promise<LoadedModel> {
  const parts = await fetchModel(source, options, place)
  return describeModel(parts, await startModel(parts, 'wasm'), { device: 'wasm', note })
}
