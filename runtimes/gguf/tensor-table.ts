import type { ByteReader } from './byte-reader.ts'
import { TENSOR_TYPES, tensorType } from './tensor-types.ts'
import type { GgufTensor } from './types.ts'
import { quoted, unusable } from './unusable.ts'

/** Limits of ggml.h: `GGML_MAX_NAME`, `GGML_MAX_DIMS`. */
const LONGEST_NAME = 64
const MOST_DIMENSIONS = 4
/** Elements a dimension. The largest of known models have a few hundred thousand. */
const LARGEST_DIMENSION = 2 ** 31 - 1

/** A name of one letter, one dimension, the type and the offset. */
export const SMALLEST_TENSOR = 8 + 1 + 4 + 8 + 4 + 8

/** Reads one line of the table. Its offset is still counted from where the data starts: `checkLayout` mends that. */
export function readTensor(reader: ByteReader): GgufTensor {
  const name = reader.text('the name of a tensor')
  const tensor = quoted(name)
  if (name === '') throw unusable('the name of a tensor is empty')
  if (name.length > LONGEST_NAME) {
    throw unusable(`the name of tensor ${tensor} is longer than ${LONGEST_NAME} letters`)
  }
  const dimensions = reader.u32(`the number of dimensions of tensor ${tensor}`)
  if (dimensions < 1 || dimensions > MOST_DIMENSIONS) {
    throw unusable(`tensor ${tensor} has ${dimensions} dimensions, not 1 to ${MOST_DIMENSIONS}`)
  }
  const shape = Array.from({ length: dimensions }, () =>
    reader.u64(`the shape of tensor ${tensor}`),
  )
  const wrong = shape.find((size) => size < 1 || size > LARGEST_DIMENSION)
  if (wrong !== undefined) {
    throw unusable(`tensor ${tensor} has a dimension of ${wrong}, not 1 to ${LARGEST_DIMENSION}`)
  }
  const type = tensorType(reader.u32(`the type of tensor ${tensor}`), tensor)
  const { blockSize, blockBytes } = TENSOR_TYPES[type]
  if (shape[0]! % blockSize !== 0) {
    throw unusable(
      `tensor ${tensor} has rows of ${shape[0]} elements, but ${type} needs a multiple of ${blockSize}`,
    )
  }
  // Products of numbers grow inexact, but never wrap: four dimensions stay under 2^124.
  const bytes = shape.reduce((product, size) => product * size, blockBytes / blockSize)
  if (bytes > Number.MAX_SAFE_INTEGER) {
    throw unusable(`tensor ${tensor} has the shape ${shape.join(' × ')}, more than any file holds`)
  }
  return { name, type, shape, offset: reader.u64(`the offset of tensor ${tensor}`), bytes }
}

/**
 * Puts the tensors in the order of their data, with offsets from the beginning of the file, and checks that each lies
 * at a multiple of the alignment, inside the file, and apart from the others.
 */
export function checkLayout(
  tensors: GgufTensor[],
  dataStart: number,
  alignment: number,
  fileSize: number | null,
): void {
  const names = new Set<string>()
  for (const tensor of tensors) {
    const name = quoted(tensor.name)
    if (names.has(tensor.name)) throw unusable(`there are two tensors ${name}`)
    names.add(tensor.name)
    if (tensor.offset % alignment !== 0) {
      throw unusable(`tensor ${name} begins at ${tensor.offset}, not at a multiple of ${alignment}`)
    }
    tensor.offset += dataStart
    const end = tensor.offset + tensor.bytes
    if (end > Number.MAX_SAFE_INTEGER) throw unusable(`tensor ${name} lies outside any file`)
    if (fileSize !== null && end > fileSize) {
      throw unusable(
        `tensor ${name} ends after ${end} bytes, but the file ends after ${fileSize}: it is damaged or cut short`,
      )
    }
  }
  tensors.sort((a, b) => a.offset - b.offset)
  tensors.forEach((tensor, index) => {
    const next = tensors[index + 1]
    if (next && tensor.offset + tensor.bytes > next.offset) {
      throw unusable(`tensors ${quoted(tensor.name)} and ${quoted(next.name)} overlap`)
    }
  })
}
