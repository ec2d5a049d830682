import type { ByteReader } from './byte-reader.ts'
import type { GgufNumbers, GgufValue } from './types.ts'
import { quoted, unusable } from './unusable.ts'

interface Scalar {
  bytes: number
  read(view: DataView, at: number): number | bigint | boolean
  list: new (buffer: ArrayBuffer) => GgufNumbers
}

const exact = (value: bigint) => (BigInt(Number(value)) === value ? Number(value) : value)

/** The kinds of values by their number in the file (ggml's gguf.h, `enum gguf_type`). */
const SCALARS: Record<number, Scalar> = {
  0: { bytes: 1, read: (view, at) => view.getUint8(at), list: Uint8Array },
  1: { bytes: 1, read: (view, at) => view.getInt8(at), list: Int8Array },
  2: { bytes: 2, read: (view, at) => view.getUint16(at, true), list: Uint16Array },
  3: { bytes: 2, read: (view, at) => view.getInt16(at, true), list: Int16Array },
  4: { bytes: 4, read: (view, at) => view.getUint32(at, true), list: Uint32Array },
  5: { bytes: 4, read: (view, at) => view.getInt32(at, true), list: Int32Array },
  6: { bytes: 4, read: (view, at) => view.getFloat32(at, true), list: Float32Array },
  7: { bytes: 1, read: (view, at) => view.getUint8(at) !== 0, list: Uint8Array },
  10: { bytes: 8, read: (view, at) => exact(view.getBigUint64(at, true)), list: BigUint64Array },
  11: { bytes: 8, read: (view, at) => exact(view.getBigInt64(at, true)), list: BigInt64Array },
  12: { bytes: 8, read: (view, at) => view.getFloat64(at, true), list: Float64Array },
}
const TEXT = 8
const LIST = 9

/** A key's length, its first letter, the kind of value and one byte of it. */
export const SMALLEST_ENTRY = 8 + 1 + 4 + 1

/**
 * Goes over one entry of the metadata.
 *
 * @returns the key, and what makes the value: lists are built only once the whole header is there
 */
export function readEntry(reader: ByteReader): [key: string, value: () => GgufValue] {
  const key = reader.text('a metadata key')
  if (key === '') throw unusable('a metadata key is empty')
  const name = quoted(key)
  return [key, readValue(reader, reader.u32(`the kind of ${name}`), name)]
}

function readValue(reader: ByteReader, kind: number, name: string): () => GgufValue {
  if (kind === TEXT) {
    const text = reader.text(name)
    return () => text
  }
  if (kind === LIST) return readList(reader, name)
  const { bytes, read } = scalar(kind, name)
  const value = reader.at(reader.take(bytes, name), read)
  return () => value
}

function readList(reader: ByteReader, name: string): () => GgufValue {
  const kind = reader.u32(`the kind of ${name}`)
  if (kind === LIST) throw unusable(`${name} is a list of lists`)
  if (kind === TEXT) {
    const count = reader.count(8, `the length of ${name}`)
    const start = reader.position
    reader.skipTexts(count, `a text in ${name}`)
    const end = reader.position
    return () => reader.texts(start, end, count)
  }
  const { bytes, list } = scalar(kind, name)
  const count = reader.count(bytes, `the length of ${name}`)
  const start = reader.take(count * bytes, name)
  return () => new list(reader.slice(start, start + count * bytes).buffer)
}

function scalar(kind: number, name: string): Scalar {
  const found = Object.hasOwn(SCALARS, kind) && SCALARS[kind]
  if (found) return found
  throw unusable(`${name} has a value of unknown kind ${kind}`)
}
