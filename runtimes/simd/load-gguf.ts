import { DecodingError } from '../../decoder/errors.ts'
import { sha256 } from '../files/hash.ts'
import { ModelFiles } from '../files/model-files.ts'
import type { PartStore } from '../files/part-store.ts'
import { ProgressMeter } from '../files/progress.ts'
import { parseHeader } from '../gguf/header.ts'
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
  /** The compiled kernels. */
  engine(): Promise<WebAssembly.Module>
}

const FILE = 'model.gguf'
/** Changes when the same weights would give other logits. */
const ARITHMETIC = 'simd1'

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
  const { fetch, store } = place
  const { signal, maxBytes: limit } = options
  const files = await ModelFiles.open(source, { fetch, store, signal })
  const facts = await files.facts(FILE)
  if (!facts) {
    throw new DecodingError(`The model "${source.id}" has no ${FILE}`, 'model_not_found', 'model')
  }
  if (facts.bytes !== null && facts.bytes > limit) throw tooLarge(source, facts.bytes, limit)
  const meter = new ProgressMeter(options.onProgress)
  meter.expect(FILE, facts.bytes)
  const onBytes = (here: number) => meter.update(FILE, here)
  const [bytes, module] = await Promise.all([
    files.read(FILE, { onBytes, limit, ...(signal && { signal }) }),
    place.engine(),
  ])
  meter.finish()

  const header = parseHeader(bytes, bytes.length)
  if (header === 'more') throw new DecodingError(`${FILE} is cut short`, 'model_unusable', 'model')
  const llama = llamaModel(header)
  const { tokenizer, chatTemplate, bosId, eosIds } = ggufTokenizer(header.metadata)
  const parameters = header.tensors.reduce(
    (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
    0,
  )
  const hash = facts.sha256 ?? (await sha256(bytes)) ?? String(bytes.length)
  const model = buildModel(
    await startKernels(module),
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
    options.maxMemory ?? DEFAULT_MEMORY,
  )
  return {
    id: source.id,
    model,
    tokenizer,
    chatTemplate,
    device: 'wasm',
    note: null,
    architecture: 'llama',
    quantization: quantizationOf(header.tensors),
    bytes: bytes.length,
  }
}

/** The most that WebAssembly with 32-bit addresses could use. */
const DEFAULT_MEMORY = 4 * 2 ** 30 - 65536

/** The type that most of the bytes have. */
function quantizationOf(tensors: readonly { type: string; bytes: number }[]): string {
  const bytes = new Map<string, number>()
  for (const { type, bytes: size } of tensors) bytes.set(type, (bytes.get(type) ?? 0) + size)
  const [[name]] = [...bytes].sort(([, a], [, b]) => b - a) as [[string, number]]
  return name.toLowerCase()
}

function tooLarge(source: ModelSource, bytes: number, limit: number): DecodingError {
  const megabytes = (n: number) => `${(n / 1e6).toFixed(1)} MB`
  return new DecodingError(
    `The model "${source.id}" has ${megabytes(bytes)} of weights; the limit here is ${megabytes(limit)}`,
    'model_too_large',
    'model',
  )
}
