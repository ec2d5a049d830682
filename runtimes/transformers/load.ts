import { DecodingError } from '../../decoder/errors.ts'
import type { LanguageModel } from '../../decoder/language-model.ts'
import { sha256 } from '../files/hash.ts'
import { ModelFiles } from '../files/model-files.ts'
import type { PartStore } from '../files/part-store.ts'
import { ProgressMeter } from '../files/progress.ts'
import type { LoadedModel, LoadOptions } from '../loaded-model.ts'
import type { ModelSource } from '../model-source.ts'
import { findChatTemplate } from '../tokenizer/chat-template.ts'
import { createTokenizer } from '../tokenizer/hugging-face-tokenizer.ts'
import { describeGraph } from './decoder-graph.ts'
import { OnnxLanguageModel } from './language-model.ts'
import { attentionHeads, modelConfig } from './model-config.ts'
import type { OnnxRuntime } from './onnx-runtime.ts'
import { loadSession } from './transformers-js.ts'
import { chooseWeights, type Precision, tooLarge, type Weights } from './weights.ts'

/** What differs between the places a model runs in. */
export interface Place {
  fetch: typeof fetch
  store: PartStore
  precisions: readonly Precision[]
  /** Announces what must be fetched for the engine, once the model is known to fit; what it returns starts it. */
  engine(meter: ProgressMeter): Promise<(signal: AbortSignal) => Promise<OnnxRuntime>>
}

type Json = Record<string, unknown>

/** Everything of a model, fetched and checked, before an engine makes it run. */
export interface ModelParts {
  source: ModelSource
  config: Json
  generation: Json
  weights: Weights
  graphFiles: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
  tokenizer: LoadedModel['tokenizer']
  chatTemplate: string | undefined
  runtime: OnnxRuntime
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
  return { files, config, weights }
}

/** Bytes that a load would take from the network now, the engine aside. */
export async function missingModelBytes(
  source: ModelSource,
  options: LoadOptions,
  place: Place,
): Promise<number> {
  const { files, weights } = await openModel(source, options, place)
  const missing = [...SMALL_FILES, ...weights.files].map((name) => files.missing(name))
  return (await Promise.all(missing)).reduce((sum, bytes) => sum + bytes, 0)
}

/** Fetches everything, weights and engine side by side; the first failure stops the rest. */
export async function fetchModel(
  source: ModelSource,
  options: LoadOptions,
  place: Place,
): Promise<ModelParts> {
  const { files, config, weights } = await openModel(source, options, place)
  const meter = new ProgressMeter(options.onProgress)
  for (const name of weights.files) meter.expect(name, (await files.facts(name))?.bytes ?? null)
  const startEngine = await place.engine(meter)

  const failure = new AbortController()
  const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])])
  const graphFiles = new Map<string, Uint8Array<ArrayBuffer>>()
  const fetchWeights = async () => {
    let limit = options.maxBytes
    for (const name of weights.files) {
      const onBytes = (here: number) => meter.update(name, here)
      const bytes = await files.read(name, { onBytes, limit, signal })
      graphFiles.set(name, bytes)
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
    return {
      source,
      config,
      generation: generation ?? {},
      weights,
      graphFiles,
      tokenizer: createTokenizer(tokenizer, tokenizerConfig ?? {}),
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

/** Makes fetched weights run on one kind of processor. */
export async function startModel(
  parts: ModelParts,
  provider: 'wasm' | 'webgpu',
): Promise<LanguageModel> {
  const { config, runtime, weights, graphFiles, source } = parts
  try {
    const session = await loadSession({
      runtime,
      files: graphFiles,
      config,
      dtype: weights.precision.dtype,
      sessionOptions: {
        executionProviders: [provider],
        // Weights that are stored with scales become numbers once, at the start, and not in each pass.
        extra: { session: { disable_quant_qdq: '1' } },
        // Caches stay on the graphics processor: they are large, and each pass needs them there.
        ...(provider === 'webgpu' && { preferredOutputLocation: presentOnGpu(config) }),
      },
    })
    const graph = describeGraph(session, attentionHeads(config))
    const logits = session.outputMetadata.find(({ name }) => name === 'logits')
    const width = logits?.isTensor ? logits.shape.at(-1) : null
    const model = modelConfig(config, parts.generation, {
      vocabSize: typeof width === 'number' ? width : null,
      parameters: Math.round(sizeOf(graphFiles) / weights.precision.bytesPerWeight),
      fingerprint: await fingerprint(parts, provider),
    })
    if (!model) {
      throw new DecodingError(
        'config.json tells neither the size of the vocabulary nor that of the context',
        'model_unusable',
        'model',
      )
    }
    // Gemma 3 counts its positions from one.
    const firstPosition = /^(paligemma|gemma3)/.test(String(config.model_type)) ? 1 : 0
    return new OnnxLanguageModel({ runtime, session, graph, config: model, firstPosition })
  } catch (error) {
    if (error instanceof DecodingError) throw error
    throw new DecodingError(
      `The model "${source.id}" can't be used: ${reason(error, config)}`,
      'model_unusable',
      'model',
    )
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
    architecture: String(parts.config.model_type ?? 'unknown'),
    quantization: parts.weights.precision.dtype,
    bytes: sizeOf(parts.graphFiles),
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

function sizeOf(files: ReadonlyMap<string, Uint8Array>): number {
  let bytes = 0
  for (const file of files.values()) bytes += file.length
  return bytes
}

/** The same for the same weights on the same kernels, wherever they run. */
async function fingerprint(parts: ModelParts, provider: string): Promise<string> {
  const hashes: string[] = []
  for (const bytes of parts.graphFiles.values()) {
    hashes.push((await sha256(bytes)) ?? `${bytes.length} bytes`)
  }
  const version = parts.runtime.env.versions.web ?? 'unknown'
  const text = JSON.stringify([provider, version, ...hashes])
  const hash = await sha256(new TextEncoder().encode(text))
  return `fp_${(hash ?? String(sizeOf(parts.graphFiles))).slice(0, 12)}`
}

function presentOnGpu(config: Json): Record<string, 'gpu-buffer'> {
  const layers = Number(config.num_hidden_layers ?? config.n_layer ?? config.num_layers ?? 0)
  return Object.fromEntries(
    Array.from({ length: layers }, (_, layer) => [
      [`present.${layer}.key`, 'gpu-buffer'] as const,
      [`present.${layer}.value`, 'gpu-buffer'] as const,
    ]).flat(),
  )
}

/** Engines' messages are for engineers: the kind of fault in words, without paths or stacks. */
function reason(error: unknown, config: Json): string {
  const message = error instanceof Error ? error.message : String(error)
  if (/Unsupported model type/i.test(message)) {
    return `"${config.model_type}" is not a decoder that transformers.js knows`
  }
  if (/protobuf|parse|ModelProto|load model/i.test(message)) {
    return 'its ONNX file is damaged, or not an ONNX file'
  }
  if (/memory|alloc|OrtRun|std::bad_alloc|out of bounds/i.test(message)) {
    return 'there is not enough memory for it here'
  }
  if (
    /is not a registered function|not implemented|NOT_IMPLEMENTED|No Op registered/i.test(message)
  ) {
    return 'its graph uses operations that this engine does not have'
  }
  return 'the engine does not take its ONNX file'
}
