import { inWords } from './settings.ts'
import type { GgufHeader, GgufTensor } from './types.ts'
import { unusable } from './unusable.ts'

const ARCHITECTURE = 'multi-token-heads'
const MOST = 8

/**
 * Multi-token heads in a file of their own beside the model's, so that the model stays one that every GGUF reader takes:
 * `general.architecture` is "multi-token-heads", and tensor `head.H.weight` [width, width] is head H's matrix.
 *
 * @param width  of the model's hidden states
 * @returns the tensors by head, 1 to 8
 * @throws {DecodingError} `model_unusable` if it is something else, or heads of another model
 */
export function headTensors({ metadata, tensors }: GgufHeader, width: number): GgufTensor[] {
  const architecture = metadata.get('general.architecture')
  if (architecture !== ARCHITECTURE) {
    throw unusable(
      `heads have the architecture "${ARCHITECTURE}", not ${inWords(architecture ?? '')}`,
    )
  }
  if (tensors.length < 1 || tensors.length > MOST) {
    throw unusable(`1 to ${MOST} heads are supported, not ${tensors.length}`)
  }
  return tensors.map((_, head) => {
    const name = `head.${head}.weight`
    const tensor = tensors.find((tensor) => tensor.name === name)
    if (!tensor) throw unusable(`it lacks tensor "${name}"`)
    const { shape } = tensor
    if (shape.length !== 2 || shape[0] !== width || shape[1] !== width) {
      throw unusable(`tensor "${name}" has the shape ${shape.join(' × ')}, not ${width} × ${width}`)
    }
    return tensor
  })
}
