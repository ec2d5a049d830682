import type { LookupWeights } from '../../decoder/lookup/index.ts'
import { fromHalf } from '../half-float.ts'
import { wholeHeader } from './header.ts'
import { inWords, Settings } from './settings.ts'
import type { GgufTensor } from './types.ts'
import { unusable } from './unusable.ts'

/** Of either runtime's folder: it is computed with outside of their engines. */
export const LOOKUP_FILE = 'lookup.gguf'

const ARCHITECTURE = 'lookup'
/** Of the space. */
const MOST = 1024

/**
 * What a model looks up facts with: `general.architecture` is "lookup", `lookup.layers` tells after which layer the
 * states are taken, `lookup.threshold` from which cosine on a unit answers, and tensors `question.weight` and
 * `unit.weight` are [width, size] in F16.
 *
 * @param model  the width of its states, and its layers
 * @throws {DecodingError} `model_unusable` if it is something else, or of another model
 */
export function lookupIn(
  bytes: Uint8Array,
  { width, layers }: { width: number; layers: number },
): { weights: LookupWeights; layers: number } {
  const header = wholeHeader(LOOKUP_FILE, bytes)
  const architecture = header.metadata.get('general.architecture')
  if (architecture !== ARCHITECTURE) {
    throw unusable(
      `${LOOKUP_FILE} has the architecture ${inWords(architecture ?? '')}, not "${ARCHITECTURE}"`,
    )
  }
  const settings = new Settings(header.metadata, ARCHITECTURE)
  const through = settings.whole('layers', 1, layers)
  const threshold = settings.real('threshold', -1, 1)
  const matrix = (name: string): Float32Array => {
    const tensor = header.tensors.find((tensor) => tensor.name === name)
    if (!tensor) throw unusable(`${LOOKUP_FILE} lacks tensor "${name}"`)
    const { shape, type } = tensor
    if (type !== 'F16' || shape.length !== 2 || shape[0] !== width || shape[1]! > MOST) {
      throw unusable(
        `tensor "${name}" of ${LOOKUP_FILE} is ${type} ${shape.join(' × ')}, not F16 ${width} × 1 to ${MOST}`,
      )
    }
    return numbersOf(bytes, tensor)
  }
  const [question, unit] = [matrix('question.weight'), matrix('unit.weight')]
  if (question.length !== unit.length) {
    throw unusable(`the tensors of ${LOOKUP_FILE} differ in size`)
  }
  return { weights: { width, question, unit, threshold }, layers: through }
}

function numbersOf(bytes: Uint8Array, tensor: GgufTensor): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset + tensor.offset, tensor.bytes)
  return Float32Array.from({ length: tensor.bytes / 2 }, (_, i) =>
    fromHalf(view.getUint16(2 * i, true)),
  )
}
