import { DecodingError } from '../../decoder/errors.ts'
import type { Session } from './onnx-runtime.ts'

/** What a decoder's ONNX graph takes and gives, read from its own description of its inputs and outputs. */
export interface DecoderGraph {
  caches: CacheInput[]
  /** Of the source that an encoder has read; none if there is no encoder. */
  sourceCaches: CacheInput[]
  inputs: Map<string, { type: string; dims: readonly (string | number)[] }>
}

/** Keys or values of one layer: fed as `past_key_values.…`, given back longer as `present.…`. */
export interface CacheInput {
  input: string
  output: string
  type: string
  /** With no tokens held: batch 1, sequence 0. */
  emptyDims: number[]
  /** Axis along which tokens lie. */
  axis: number
}

const PLAIN_INPUTS = [
  'input_ids',
  'attention_mask',
  'position_ids',
  'num_logits_to_keep',
  'use_cache_branch',
]
const SOURCE_INPUTS = ['encoder_hidden_states', 'encoder_attention_mask']

/**
 * @param heads  number of attention heads, for graphs that fold them into the batch axis
 * @param hasSource  whether it looks back at what an encoder has read
 * @throws {DecodingError} `model_unusable` if it is no decoder with a cache that can be rolled back
 */
export function describeGraph(session: Session, heads: number, hasSource = false): DecoderGraph {
  const inputs: DecoderGraph['inputs'] = new Map()
  const caches: CacheInput[] = []
  const sourceCaches: CacheInput[] = []
  for (const meta of session.inputMetadata) {
    if (!meta.isTensor) throw unusable(`its input ${meta.name} is not a tensor`)
    inputs.set(meta.name, { type: meta.type, dims: meta.shape })
    if (PLAIN_INPUTS.includes(meta.name)) continue
    if (hasSource && SOURCE_INPUTS.includes(meta.name)) continue
    const output = meta.name.replace(/^past_key_values\./, 'present.')
    if (output === meta.name || !session.outputNames.includes(output)) {
      throw unusable(`it needs the input ${meta.name}, which this runtime does not know`)
    }
    const axis = sequenceAxis(meta.shape)
    const emptyDims = meta.shape.map((dim, index) =>
      index === axis ? 0 : typeof dim === 'number' ? dim : dim.includes('num_heads') ? heads : 1,
    )
    const list = hasSource && meta.name.includes('.encoder.') ? sourceCaches : caches
    list.push({ input: meta.name, output, type: meta.type, emptyDims, axis })
  }
  if (!inputs.has('input_ids') || !session.outputNames.includes('logits')) {
    throw unusable('it does not turn input_ids into logits')
  }
  if (caches.length === 0) throw unusable('it has no cache of keys and values')
  if (hasSource && (sourceCaches.length === 0 || !inputs.has('use_cache_branch'))) {
    throw unusable('it has no branch that keeps what was made of the source')
  }
  return { caches, sourceCaches, inputs }
}

/** Exporters name it `past_sequence_length` or much like it; else it is the last but one, as in attention. */
function sequenceAxis(shape: readonly (string | number)[]): number {
  const named = shape.findIndex((dim) => typeof dim === 'string' && /past|seq/.test(dim))
  return named >= 0 ? named : shape.length - 2
}

function unusable(why: string): DecodingError {
  return new DecodingError(
    `The model can't be used as a decoder: ${why}`,
    'model_unusable',
    'model',
  )
}
