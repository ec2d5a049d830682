import { DecodingError } from '../../decoder/errors.ts'
import type { ModelFiles } from '../files/model-files.ts'
import { sizeInWords } from '../files/size-in-words.ts'

/** A way that weights are stored, as transformers.js names it. */
export interface Precision {
  dtype: 'q8' | 'int8' | 'uint8' | 'fp32' | 'fp16' | 'q4' | 'q4f16'
  /** Of a graph's name, before `.onnx`. */
  suffix: string
  bytesPerWeight: number
}

const precision = (dtype: Precision['dtype'], suffix: string, bytesPerWeight: number) => ({
  dtype,
  suffix,
  bytesPerWeight,
})
const fp32 = precision('fp32', '', 4)
const q4 = precision('q4', '_q4', 0.6)

/** Best first. 4-bit weights are 5 to 6 times slower than 8-bit ones on the CPU, so they come last. */
export const CPU_PRECISIONS: readonly Precision[] = [
  precision('q8', '_quantized', 1),
  precision('int8', '_int8', 1),
  precision('uint8', '_uint8', 1),
  fp32,
  q4,
]

/** Never 8-bit: those graphs give wrong numbers on the graphics processor. */
export const GPU_PRECISIONS: readonly Precision[] = [fp32, q4]
export const HALF_FLOAT_GPU_PRECISIONS: readonly Precision[] = [
  precision('fp16', '_fp16', 2),
  fp32,
  precision('q4f16', '_q4f16', 0.6),
]

export interface Weights {
  precision: Precision
  /** The graphs, in the order of `graphNames`, each followed by its external data. */
  files: string[]
  /** Null if the server does not tell. */
  bytes: number | null
}

/** The graphs that a model is made of, as the hub names them for transformers.js. */
export function graphNames(config: Record<string, unknown>): readonly string[] {
  return config.is_encoder_decoder === true ? ['encoder_model', 'decoder_model_merged'] : ['model']
}

const graphFiles = (config: Record<string, unknown>, { suffix }: Precision) =>
  graphNames(config).map((name) => `onnx/${name}${suffix}.onnx`)

/**
 * The first precision that the model has and that fits, found without downloading any of them.
 *
 * @throws {DecodingError} `model_too_large` if none fits, `model_unusable` if there is none
 */
export async function chooseWeights(
  files: ModelFiles,
  config: Record<string, unknown>,
  precisions: readonly Precision[],
  maxBytes: number,
): Promise<Weights> {
  let smallest = Infinity
  for (const candidate of precisions) {
    const names = graphFiles(config, candidate).flatMap((file) => [
      file,
      ...externalData(config, file),
    ])
    const facts = await Promise.all(names.map((name) => files.facts(name)))
    if (facts.includes(null)) continue
    const sizes = facts.map((file) => file!.bytes)
    const bytes = sizes.includes(null) ? null : sizes.reduce<number>((sum, n) => sum + n!, 0)
    if (bytes === null || bytes <= maxBytes) return { precision: candidate, files: names, bytes }
    smallest = Math.min(smallest, bytes)
  }
  if (smallest < Infinity) throw tooLarge(files.source.id, smallest, maxBytes)
  throw new DecodingError(
    `The model "${files.source.id}" has no weights for this runtime: looked for ${precisions.flatMap((candidate) => graphFiles(config, candidate)).join(', ')}`,
    'model_unusable',
    'model',
  )
}

export function tooLarge(id: string, bytes: number, maxBytes: number): DecodingError {
  return new DecodingError(
    `The model "${id}" is too large here: its weights are ${sizeInWords(bytes)}, and at most ${sizeInWords(maxBytes)} can be held`,
    'model_too_large',
    'model',
  )
}

/** Names of the files beside the graph that hold its tensors (`use_external_data_format`: how many, or per file). */
function externalData(config: Record<string, unknown>, file: string): string[] {
  const settings = config['transformers.js_config'] as Record<string, unknown> | undefined
  let count = settings?.use_external_data_format ?? 0
  if (typeof count === 'object' && count !== null) {
    const counts = count as Record<string, unknown>
    count = counts[file.slice(file.lastIndexOf('/') + 1)] ?? counts.model ?? 0
  }
  return Array.from({ length: Math.min(Number(count) || 0, 100) }, (_, index) =>
    index === 0 ? `${file}_data` : `${file}_data_${index}`,
  )
}
