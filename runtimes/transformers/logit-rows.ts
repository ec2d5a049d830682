import { fromHalf } from '../half-float.ts'
import type { Tensor } from './onnx-runtime.ts'

/**
 * The last `count` rows of a logits tensor [1, positions, vocabSize], each the caller's own.
 * Graphs that can't be told how many rows to make give all of them.
 */
export function logitRows(logits: Tensor, count: number): Float32Array[] {
  const data = toFloat32(logits)
  const width = logits.dims.at(-1)!
  const positions = logits.dims.at(-2)!
  if (positions === 1) return [data]
  return Array.from({ length: count }, (_, row) => {
    const start = (positions - count + row) * width
    return data.slice(start, start + width)
  })
}

function toFloat32(tensor: Tensor): Float32Array {
  if (tensor.type !== 'float16') return tensor.data as Float32Array
  // Half floats come as their bits, or as numbers where the platform has an array for them.
  const data = tensor.data as unknown as Uint16Array
  return Float32Array.from(data, data instanceof Uint16Array ? fromHalf : Number)
}
