import type { LookupWeights, Side } from '../../decoder/lookup/index.ts'
import { fromHalf } from '../half-float.ts'
import { wholeHeader } from './header.ts'
import { inWords, Settings } from './settings.ts'
import { TENSOR_TYPES } from './tensor-types.ts'
import type { GgufTensor, TensorTypeName } from './types.ts'
import { unusable } from './unusable.ts'

/** Of either runtime's folder: it is computed with outside of their engines. */
export const LOOKUP_FILE = 'lookup.gguf'

const ARCHITECTURE = 'lookup'
const MOST_WIDTH = 1024
const { blockSize: BLOCK, blockBytes: BLOCK_BYTES } = TENSOR_TYPES.Q4_0

/**
 * What facts are looked up with: `general.architecture` is "lookup", `lookup.words` the words, a line each, and
 * `lookup.nothing` the cosine of what answers nothing; `lookup.declines` is how the model begins to decline. Tensors:
 *
 * - `word.weight` [width, words + tokens] in Q4_0
 * - `SIDE.map.weight` [width, width] in F16, `SIDE.gate.weight` [width] and `SIDE.gate.bias` [1] in F32, for the sides
 *   unit, question, asked and answered
 * - `lean.weight` [width, 2] and `lean.bias` [2] in F32, for asked and answered
 *
 * @param vocabSize  of the model's tokenizer
 * @throws {DecodingError} `model_unusable` if it is something else, or of another tokenizer
 */
export function lookupIn(bytes: Uint8Array, vocabSize: number): LookupWeights {
  const header = wholeHeader(LOOKUP_FILE, bytes)
  const architecture = header.metadata.get('general.architecture')
  if (architecture !== ARCHITECTURE) {
    throw unusable(
      `${LOOKUP_FILE} has the architecture ${inWords(architecture ?? '')}, not "${ARCHITECTURE}"`,
    )
  }
  const settings = new Settings(header.metadata, ARCHITECTURE)
  const nothing = settings.real('nothing', 0.01, 1)
  const text = (name: string): string => {
    const found = settings.get(name)
    if (typeof found === 'string') return found
    throw unusable(`${LOOKUP_FILE} lacks lookup.${name}`)
  }
  const words = text('words').split('\n')
  const declines = text('declines')

  const tensor = (name: string, type: TensorTypeName, shape: readonly number[]): Uint8Array => {
    const found = header.tensors.find((tensor) => tensor.name === name)
    if (!found) throw unusable(`${LOOKUP_FILE} lacks tensor "${name}"`)
    if (found.type !== type || found.shape.join() !== shape.join()) {
      throw unusable(
        `tensor "${name}" of ${LOOKUP_FILE} is ${inShape(found)}, not ${inShape({ type, shape })}`,
      )
    }
    return bytes.subarray(found.offset, found.offset + found.bytes)
  }
  const width = widthOf(header.tensors)
  const table = tensor('word.weight', 'Q4_0', [width, words.length + vocabSize])
  const floats = (name: string, shape: readonly number[]) => float32(tensor(name, 'F32', shape))
  const side = (name: string): Side => ({
    gate: floats(`${name}.gate.weight`, [width]),
    bias: floats(`${name}.gate.bias`, [1])[0]!,
    map: float16(tensor(`${name}.map.weight`, 'F16', [width, width])),
  })
  const lean = floats('lean.weight', [width, 2])
  const bias = floats('lean.bias', [2])
  return {
    width,
    words,
    vector: (row) => rowOf(table, width, row),
    unit: side('unit'),
    question: side('question'),
    asked: side('asked'),
    answered: side('answered'),
    leanOnAsked: { gate: lean.subarray(0, width), bias: bias[0]! },
    leanOnAnswered: { gate: lean.subarray(width), bias: bias[1]! },
    nothing,
    declines,
  }
}

function widthOf(tensors: readonly GgufTensor[]): number {
  const width = tensors.find(({ name }) => name === 'word.weight')?.shape[0] ?? BLOCK
  if (width % BLOCK === 0 && width <= MOST_WIDTH) return width
  throw unusable(`vectors of ${width} numbers in ${LOOKUP_FILE} are not supported`)
}

const inShape = ({ type, shape }: { type: string; shape: readonly number[] }) =>
  `${type} ${shape.join(' × ')}`

/** A row of a matrix in Q4_0; `TENSOR_TYPES` says how that is stored. */
function rowOf(table: Uint8Array, width: number, row: number): Float32Array {
  const numbers = new Float32Array(width)
  let at = (row * width * BLOCK_BYTES) / BLOCK
  for (let block = 0; block < width; block += BLOCK, at += BLOCK_BYTES) {
    const scale = fromHalf(table[at]! | (table[at + 1]! << 8))
    for (let i = 0; i < BLOCK / 2; i++) {
      const pair = table[at + 2 + i]!
      numbers[block + i] = scale * ((pair & 15) - 8)
      numbers[block + i + BLOCK / 2] = scale * ((pair >> 4) - 8)
    }
  }
  return numbers
}

function float32(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer)
}

function float16(bytes: Uint8Array): Float32Array {
  return Float32Array.from(new Uint16Array(bytes.slice().buffer), fromHalf)
}
