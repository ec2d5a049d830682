import { DecodingError } from '../../decoder/errors.ts'
import type { FileFacts } from '../files/file-facts.ts'
import { sha256 } from '../files/hash.ts'
import { ModelFiles } from '../files/model-files.ts'
import type { PartStore } from '../files/part-store.ts'
import { ProgressMeter } from '../files/progress.ts'
import { sizeInWords } from '../files/size-in-words.ts'
import { wholeHeader } from '../gguf/header.ts'
import { headTensors } from '../gguf/heads.ts'
import { LOOKUP_FILE, lookupIn } from '../gguf/lookup.ts'
import { llamaModel } from '../gguf/model.ts'
import { ggufTokenizer } from '../gguf/tokenizer.ts'
import type { LoadedModel, LoadOptions } from '../loaded-model.ts'
import type { ModelSource } from '../model-source.ts'
import { buildModel } from './build-model.ts'
import { startKernels } from './kernels.ts'

/** What differs between the places the engine runs in. */
export interface Place {
  fetch: typeof fetch
  store: PartStore
  /** The compiled kernels; announces at once what must be fetched for them. */
  engine(meter: ProgressMeter, signal: AbortSignal): Promise<WebAssembly.Module>
}

/** A model.gguf that is there and may be loaded, before it is fetched. */
export interface OpenGguf {
  files: ModelFiles
  facts: FileFacts
  /** Files beside it, as far as the folder has them. */
  extras: readonly FileFacts[]
}

/** Everything of a model, fetched, before it is looked into. */
export interface GgufParts {
  bytes: Uint8Array<ArrayBuffer>
  /** By name. */
  extras: ReadonlyMap<string, Uint8Array<ArrayBuffer>>
  sha256: string | null
  engine: WebAssembly.Module
}

export const FILE = 'model.gguf'
const HEADS_FILE = 'heads.gguf'
const EXTRAS = [HEADS_FILE, LOOKUP_FILE]
/** Changes when the same weights would give other logits. */
const ARITHMETIC = 'simd2'
/** Hugging Face's names (`model_type`) for what GGUF files call the architecture `llama`. */
const MODEL_TYPES = ['llama', 'mistral']
/** The most that WebAssembly with 32-bit addresses could use. */
const DEFAULT_MEMORY = 4 * 2 ** 30 - 65536

/**
 * Loads a folder's model.gguf onto our own kernels.
 *
 * @throws {DecodingError} `model_not_found`, `model_too_large` or `model_unusable`
 */
export async function loadGguf(
  source: ModelSource,
  options: LoadOptions,
  place: Place,
): Promise<LoadedModel> {
  const open = await openGguf(source, options, place)
  return startGguf(source, options, await fetchGguf(open, options, place))
}

/**
 * Finds a folder's model.gguf and tells, as far as that can be told without fetching it, whether it may be loaded.
 *
 * @throws {DecodingError} `model_not_found`, `model_too_large` or `model_unusable`
 */
export async function openGguf(
  source: ModelSource,
  options: LoadOptions,
  { fetch, store }: Omit<Place, 'engine'>,
): Promise<OpenGguf> {
  const files = await ModelFiles.open(source, { fetch, store, signal: options.signal })
  const [facts, config, ...extras] = await Promise.all([
    files.facts(FILE),
    files.readJson('config.json'),
    ...EXTRAS.map((name) => files.facts(name)),
  ])
  if (!facts) {
    throw new DecodingError(`The model "${source.id}" has no ${FILE}`, 'model_not_found', 'model')
  }
  const type = config?.model_type
  if (typeof type === 'string' && !MODEL_TYPES.includes(type)) {
    throw new DecodingError(
      `The architecture "${type.slice(0, 64)}" of the model "${source.id}" is not supported as GGUF`,
      'model_unusable',
      'model',
    )
  }
  if (facts.bytes !== null && facts.bytes > options.maxBytes) {
    throw tooLarge(source, facts.bytes, options.maxBytes)
  }
  return { files, facts, extras: extras.filter((facts) => facts !== null) }
}

/** Fetches weights and kernels side by side; the first failure stops the other. */
export async function fetchGguf(
  { files, facts, extras }: OpenGguf,
  options: LoadOptions,
  place: Place,
): Promise<GgufParts> {
  const { maxBytes: limit } = options
  const meter = new ProgressMeter(options.onProgress)
  meter.expect(FILE, facts.bytes)
  for (const { name, bytes } of extras) meter.expect(name, bytes)
  const failure = new AbortController()
  const signal = AbortSignal.any([failure.signal, ...(options.signal ? [options.signal] : [])])
  try {
    const read = (file: string) =>
      files.read(file, { onBytes: (here) => meter.update(file, here), limit, signal })
    const readExtra = async ({ name }: FileFacts) => [name, await read(name)] as const
    const [engine, bytes, ...fetched] = await Promise.all([
      place.engine(meter, signal),
      read(FILE),
      ...extras.map(readExtra),
    ])
    meter.finish()
    return { bytes, extras: new Map(fetched), sha256: facts.sha256, engine }
  } catch (error) {
    failure.abort()
    options.signal?.throwIfAborted()
    throw error
  }
}

/**
 * Makes fetched weights run. Nothing here waits for anything outside, nor is anything shared with another load.
 *
 * @throws {DecodingError} `model_unusable` if the file is none of those supported, `model_too_large` if its weights do
 *         not fit `options.maxMemory`
 */
export async function startGguf(
  source: ModelSource,
  options: LoadOptions,
  { bytes, extras, sha256: known, engine }: GgufParts,
): Promise<LoadedModel> {
  const header = wholeHeader(FILE, bytes)
  const llama = llamaModel(header)
  const { tokenizer, chatTemplate, bosId, eosIds } = ggufTokenizer(header.metadata)
  const parameters = header.tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  )
  const hash = known ?? (await sha256(bytes)) ?? String(bytes.length)
  const kernels = await startKernels(engine)
  const maxMemory = options.maxMemory ?? DEFAULT_MEMORY
  const [heads, lookup] = [extras.get(HEADS_FILE), extras.get(LOOKUP_FILE)]
  const model = fitting(source, maxMemory, () =>
    buildModel(
      kernels,
      llama,
      ({ offset, bytes: size }) => bytes.subarray(offset, offset + size),
      {
        vocabSize: llama.config.vocab,
        contextLength: llama.config.contextLength,
        bosId,
        eosIds,
        parameters,
        fingerprint: `fp_${ARITHMETIC}_${hash.slice(0, 12)}`,
      },
      maxMemory,
      heads ? headsIn(heads, llama.config.width) : [],
    ),
  )
  return {
    id: source.id,
    model,
    tokenizer,
    chatTemplate,
    lookup: lookup ? lookupIn(lookup, tokenizer.vocabSize) : null,
    runtime: 'simd',
    device: 'wasm',
    note: null,
    architecture: 'llama',
    quantization: quantizationOf(header.tensors),
    bytes: bytes.length,
    freeMemory: maxMemory - kernels.memory.buffer.byteLength,
    sequenceBytes: model.sequenceBytes,
  }
}

function headsIn(bytes: Uint8Array, width: number) {
  return headTensors(wholeHeader(HEADS_FILE, bytes), width).map((tensor) => ({
    tensor,
    data: bytes.subarray(tensor.offset, tensor.offset + tensor.bytes),
  }))
}

/** The type that most of the bytes have. */
function quantizationOf(tensors: readonly { type: string; bytes: number }[]): string {
  const bytes = new Map<string, number>()
  for (const { type, bytes: size } of tensors) bytes.set(type, (bytes.get(type) ?? 0) + size)
  const [[name]] = [...bytes].sort(([, a], [, b]) => b - a) as [[string, number]]
  return name.toLowerCase()
}

/** A model for which there will never be enough memory is too large; only a running one can exhaust it. */
function fitting<T>({ id }: ModelSource, maxMemory: number, build: () => T): T {
  try {
    return build()
  } catch (error) {
    if (!(error instanceof DecodingError) || error.code !== 'memory_exhausted') throw error
    throw new DecodingError(
      `The model "${id}" is too large here: once unpacked, its weights take more than the ${sizeInWords(maxMemory)} of memory there are`,
      'model_too_large',
      'model',
    )
  }
}

function tooLarge({ id }: ModelSource, bytes: number, limit: number): DecodingError {
  return new DecodingError(
    `The model "${id}" is too large here: its weights are ${sizeInWords(bytes)}, and at most ${sizeInWords(limit)} can be held`,
    'model_too_large',
    'model',
  )
}
