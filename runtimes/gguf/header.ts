import { DecodingError } from '../../decoder/errors.ts'
import { ByteReader, UNFINISHED } from './byte-reader.ts'
import { checkMagic } from './magic.ts'
import { readEntry, SMALLEST_ENTRY } from './metadata.ts'
import { checkLayout, readTensor, SMALLEST_TENSOR } from './tensor-table.ts'
import type { GgufHeader, GgufTensor, GgufValue } from './types.ts'
import { quoted, unusable } from './unusable.ts'

/** Bytes. Vocabularies of 260,000 tokens with their merges take 16 MB. */
const LARGEST_HEADER = 64 * 2 ** 20
/** Tensors, and entries of the metadata. Known models have some thousands and some dozens. */
const MOST_ENTRIES = 2 ** 16
const LARGEST_ALIGNMENT = 2 ** 16

/**
 * Reads a GGUF file's header, metadata and table of tensors (ggml's docs/gguf.md, versions 2 and 3), while the file
 * is still arriving. What can't be true is refused as soon as it is seen, before memory is taken for it.
 *
 * Each call begins at the first byte. That costs one look at the length of each text: a few ms for 300,000 of them.
 *
 * @param bytes     the file so far, from its beginning
 * @param fileSize  bytes of the whole file; null if not known yet. Pass the true size at the end of the file: a
 *                  file that was cut is an error with it, and 'more' without it
 * @returns 'more' if the header goes on after `bytes`
 * @throws {DecodingError} `model_unusable` with the cause
 */
export function parseHeader(bytes: Uint8Array, fileSize: number | null): GgufHeader | 'more' {
  const limit = Math.min(fileSize ?? LARGEST_HEADER, LARGEST_HEADER)
  const limitInWords =
    limit === fileSize
      ? `the file ends after ${fileSize} bytes: it is damaged or cut short`
      : `headers over ${LARGEST_HEADER} bytes aren't read`
  try {
    return readHeader(new ByteReader(bytes, limit, limitInWords), fileSize)
  } catch (error) {
    if (error === UNFINISHED) return 'more'
    throw error
  }
}

/** Of a file that is there from beginning to end. @throws {DecodingError} `model_unusable` as `parseHeader`, or if it is cut short */
export function wholeHeader(name: string, bytes: Uint8Array): GgufHeader {
  const header = parseHeader(bytes, bytes.length)
  if (header === 'more') throw new DecodingError(`${name} is cut short`, 'model_unusable', 'model')
  return header
}

function readHeader(reader: ByteReader, fileSize: number | null): GgufHeader {
  const version = checkMagic(reader)
  const tensorCount = reader.count(SMALLEST_TENSOR, 'the number of tensors', MOST_ENTRIES)
  const entryCount = reader.count(SMALLEST_ENTRY, 'the number of metadata entries', MOST_ENTRIES)
  const entries = new Map<string, () => GgufValue>()
  for (let index = 0; index < entryCount; index++) {
    const [key, value] = readEntry(reader)
    if (entries.has(key)) throw unusable(`the metadata has ${quoted(key)} twice`)
    entries.set(key, value)
  }
  const tensors: GgufTensor[] = []
  for (let index = 0; index < tensorCount; index++) tensors.push(readTensor(reader))

  const headerBytes = reader.position
  const alignment = entries.get('general.alignment')?.() ?? 32
  const dataStart = headerBytes + padding(headerBytes, alignment)
  checkLayout(tensors, dataStart, Number(alignment), fileSize)
  const metadata = new Map(Array.from(entries, ([key, value]) => [key, value()]))
  return { version, metadata, tensors, dataStart, headerBytes }
}

function padding(position: number, alignment: GgufValue): number {
  const isPower = typeof alignment === 'number' && Number.isInteger(Math.log2(alignment))
  if (!isPower || alignment < 1 || alignment > LARGEST_ALIGNMENT) {
    throw unusable(`its alignment isn't a power of two from 1 to ${LARGEST_ALIGNMENT}`)
  }
  return -position & (alignment - 1)
}
