import type { GgufTensor } from '../gguf/types.ts'
import { type Arena, roundUp } from './arena.ts'
import type { Kernels } from './kernels.ts'

/** A weight matrix in the engine's memory, [rows, inputs], its rows padded to a multiple of ROW_MULTIPLE. */
export type Matrix = Int8Matrix | FloatMatrix

interface Int8Matrix {
  kind: 'int8'
  weights: number
  corrections: number
  rows: number
  inputs: number
  /** Of 32 inputs. */
  blocks: number
}

interface FloatMatrix {
  kind: 'float'
  weights: number
  rows: number
  inputs: number
}

const BLOCK = 32
/** A block of sixteen rows, see assembly/layout.ts. */
const GROUP_BLOCK_BYTES = 576
/** Of rows in memory, and so of the outputs of a product. */
export const ROW_MULTIPLE = 16
/** Rows of a file that are packed at once. */
export const STAGED_ROWS = 64

/**
 * Copies a tensor into the engine's memory, in the layout its kernels want. Q8_0 and Q4_0 keep their numbers exactly;
 * F16 becomes F32.
 *
 * @param data  the tensor's bytes
 * @param staging  scratch in the engine's memory of STAGED_ROWS rows of the file
 */
export function packMatrix(
  arena: Arena,
  tensor: GgufTensor,
  data: Uint8Array,
  staging: number,
): Matrix {
  const { kernels } = arena
  const inputs = tensor.shape[0]!
  const rows = tensor.shape[1] ?? 1
  const padded = roundUp(rows, ROW_MULTIPLE)
  const rowBytes = tensor.bytes / rows
  const int8 = tensor.type === 'Q8_0' || tensor.type === 'Q4_0'
  const blocks = Math.ceil(inputs / BLOCK)
  // The float kernel takes inputs by twos.
  const even = roundUp(inputs, 2)
  const weights = arena.allocate(
    int8 ? (padded / 16) * blocks * GROUP_BLOCK_BYTES : padded * even * 4,
  )
  const corrections = int8 ? arena.allocate(padded * 4) : 0
  for (let row = 0; row < rows; row += STAGED_ROWS) {
    const count = Math.min(STAGED_ROWS, rows - row)
    const bytes = data.subarray(row * rowBytes, (row + count) * rowBytes)
    arena.bytesAt(staging, bytes.length).set(bytes)
    if (int8) {
      const bits = tensor.type === 'Q8_0' ? 8 : 4
      kernels.packInt8(staging, bits, weights, corrections, row, count, blocks)
    } else if (tensor.type === 'F16') {
      kernels.packHalf(staging, weights, row, count, inputs, even)
    } else kernels.packFloat(staging, weights, row, count, inputs, even)
  }
  return int8
    ? { kind: 'int8', weights, corrections, rows: padded, inputs, blocks }
    : { kind: 'float', weights, rows: padded, inputs: even }
}

/** Copies one row of a matrix to `out` as float32: a token's embedding. */
export function embed(kernels: Kernels, matrix: Matrix, row: number, out: number): void {
  if (matrix.kind === 'int8') {
    kernels.embedInt8(matrix.weights, row, out, matrix.inputs, matrix.blocks)
  } else kernels.embedFloat(matrix.weights, row, out, matrix.inputs, matrix.inputs)
}
