import { describe, expect, test } from 'vitest'
import { parseHeader } from '../../../runtimes/gguf/header.ts'
import {
  ByteWriter,
  type TensorInput,
  u32,
  type Value,
  writeGguf,
} from '../../support/gguf-writer.ts'
import { tensor, tinyLlama } from '../../support/tiny-llama.ts'

const GGUF = [0x47, 0x47, 0x55, 0x46]
const good = writeGguf(tinyLlama())

/** What a file is refused with; '' if it is not. */
function cause(bytes: Uint8Array, fileSize: number | null = bytes.length): string {
  try {
    parseHeader(bytes, fileSize)
    return ''
  } catch (error) {
    expect(error).toMatchObject({ name: 'DecodingError', code: 'model_unusable' })
    return (error as Error).message.replace("The GGUF file can't be used: ", '')
  }
}

const begin = (tensors: number | bigint, entries: number | bigint) =>
  new ByteWriter().raw(GGUF).u32(3).u64(tensors).u64(entries)
const zeros = (count: number) => new Uint8Array(count)

/** A file with one entry of the metadata, key and value as they are. */
const withEntry = (key: string, { kind, bytes }: Value) =>
  begin(0, 1).text(key).u32(kind).raw(bytes).raw(zeros(1024)).done()

/** A file with these tensors, and data enough. */
const withTensors = (...tensors: TensorInput[]) => writeGguf({ metadata: {}, tensors })
const shaped = (...shape: (number | bigint)[]) =>
  withTensors({ name: 'w', type: 0, shape, data: zeros(4096) })

function swapped(bytes: Uint8Array, ends: number[]): Uint8Array {
  const copy = Uint8Array.from(bytes)
  for (const [index, end] of ends.slice(1).entries()) copy.subarray(ends[index]!, end).reverse()
  return copy
}

describe('what is not a GGUF file of ours is called by its name', () => {
  const page = '<!doctype html>\n<title>Not found</title>'
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a'
  const utf8 = (text: string) => new TextEncoder().encode(text)
  test.each([
    ['a web page', utf8(page), 'it is a web page'],
    ['a web page after a line break', utf8(`\n${page}`), 'it is a web page'],
    ['a pointer', utf8(pointer), 'it is a Git LFS pointer; the file itself was not fetched'],
    ['a file of 2023', utf8('tjgg'), 'it is in a format older than GGUF (ggjt)'],
    ['wrong first bytes', utf8('GGML, nearly'), 'it does not begin with "GGUF"'],
    ['zeros', zeros(64), 'it does not begin with "GGUF"'],
    ['swapped bytes', swapped(good, [0, 4, 8, 16, 24]), /^it is big-endian/],
    ['swapped bytes, GGUF kept', swapped(good, [4, 8, 16, 24]), /^it is big-endian/],
    ['version 0', writeGguf({ ...tinyLlama(), version: 0 }), /version 0 of the format/],
    ['version 1', writeGguf({ ...tinyLlama(), version: 1 }), /version 1 of the format/],
    ['version 99', writeGguf({ ...tinyLlama(), version: 99 }), /version 99 .* 2 and 3/],
    ['nothing', zeros(0), /^the beginning needs 4 bytes .* cut short$/],
  ])('%s', (_, bytes, message) => {
    expect(cause(bytes)).toMatch(message)
  })
})

describe('a file that was cut', () => {
  const header = parseHeader(good, good.length)
  if (header === 'more') throw new Error('The header was not found whole')
  const { headerBytes } = header

  test.each([0.1, 0.5, 0.999])('to %d of its length', (share) => {
    expect(cause(good.subarray(0, good.length * share))).toMatch(/cut short$/)
  })

  test('by the last byte of a tensor', () => {
    // The last tensor fills its block, so that the file ends with it.
    expect(cause(good.subarray(0, -1))).toBe(
      `tensor "output_norm.weight" ends after ${good.length} bytes, ` +
        `but the file ends after ${good.length - 1}: it is damaged or cut short`,
    )
  })

  test('anywhere in its header', () => {
    for (let length = 0; length < headerBytes; length++) {
      expect(cause(good.subarray(0, length))).toMatch(/cut short$/)
    }
  })

  test('is seen by its size before the rest has arrived', () => {
    expect(cause(good.subarray(0, headerBytes), good.length - 100)).toMatch(/cut short$/)
  })
})

/** Each is tried with and without a known size: counts must be absurd by themselves too. */
describe.each(['known', 'unknown'])('counts that no file can hold, its size being %s', (size) => {
  const small = (writer: ByteWriter) => writer.raw(zeros(1024 - writer.length)).done()
  test.each([
    ['2^40 tensors', small(begin(2 ** 40, 0)), /^the number of tensors is 1099511627776/],
    ['2^64 - 1 tensors', small(begin(2n ** 64n - 1n, 0)), /^the number of tensors is 18446/],
    ['100,000 tensors', small(begin(100_000, 0)), /^the number of tensors is 100000/],
    ['2^40 entries', small(begin(0, 2 ** 40)), /^the number of metadata entries is 1099/],
    ['a key of 2^40 bytes', small(begin(0, 1).u64(2 ** 40)), /^the length of a metadata key is/],
    [
      'a text of 2^40 bytes',
      small(
        begin(0, 1)
          .text('k')
          .u32(8)
          .u64(2 ** 40),
      ),
      /^the length of "k" is 1099511627776/,
    ],
    [
      'a list of 2^33 texts',
      small(
        begin(0, 1)
          .text('k')
          .u32(9)
          .u32(8)
          .u64(2 ** 33),
      ),
      /^the length of "k" is 8589934592/,
    ],
    [
      'a list of 2^63 numbers',
      small(
        begin(0, 1)
          .text('k')
          .u32(9)
          .u32(12)
          .u64(2n ** 63n),
      ),
      /^the length of "k" is 9223/,
    ],
    [
      'a text of 2^40 bytes in a list',
      small(
        begin(0, 1)
          .text('k')
          .u32(9)
          .u32(8)
          .u64(2)
          .text('a')
          .u64(2 ** 40),
      ),
      /^a text in "k" is 1099511627776/,
    ],
    ['a tensor’s name of 2^40 bytes', small(begin(1, 0).u64(2 ** 40)), /^the length of the name/],
  ])('%s', (_, bytes, message) => {
    expect(cause(bytes, size === 'known' ? bytes.length : null)).toMatch(message)
  })
})

describe('metadata', () => {
  const list = (kind: number, count: number, rest: Uint8Array = zeros(0)): Value => ({
    kind: 9,
    bytes: new ByteWriter().u32(kind).u64(count).raw(rest).done(),
  })
  let nested: Value = list(4, 0)
  for (let depth = 0; depth < 1000; depth++) nested = list(9, 1, nested.bytes)
  test.each([
    ['an empty key', withEntry('', u32(1)), 'a metadata key is empty'],
    ['lists 1,000 deep', withEntry('k', nested), '"k" is a list of lists'],
    ['an unknown kind', withEntry('k', { kind: 13, bytes: zeros(8) }), /"k" .* unknown kind 13$/],
    ['a list of an unknown kind', withEntry('k', list(77, 1)), /"k" .* unknown kind 77$/],
    [
      'a key twice',
      begin(0, 2).text('k').u32(0).raw([1]).text('k').u32(0).raw([2]).raw(zeros(64)).done(),
      'the metadata has "k" twice',
    ],
    [
      'control characters in a key',
      withEntry('a\u001b[2J\n', { kind: 99, bytes: zeros(0) }),
      '"a\\u001b[2J\\n" has a value of unknown kind 99',
    ],
    [
      'a key of 5,000 letters',
      withEntry('x'.repeat(5000), { kind: 99, bytes: zeros(0) }),
      `"${'x'.repeat(64)}…" has a value of unknown kind 99`,
    ],
  ])('%s', (_, bytes, message) => {
    expect(cause(bytes)).toMatch(message)
  })

  test.each([0, 3, 48, 2 ** 17, -32])('an alignment of %d', (alignment) => {
    const metadata = { 'general.alignment': u32(alignment) }
    expect(cause(writeGguf({ metadata, tensors: [] }))).toMatch(/^its alignment isn't a power/)
  })
})

describe('tensors', () => {
  const row = tensor('w', [32], 8)
  test.each([
    ['no dimension', shaped(), 'tensor "w" has 0 dimensions, not 1 to 4'],
    ['five dimensions', shaped(1, 1, 1, 1, 1), 'tensor "w" has 5 dimensions, not 1 to 4'],
    [
      '1,000,000 dimensions',
      begin(1, 0).text('w').u32(1_000_000).raw(zeros(64)).done(),
      'tensor "w" has 1000000 dimensions, not 1 to 4',
    ],
    ['a dimension of 0', shaped(4, 0), /^tensor "w" has a dimension of 0,/],
    ['a dimension of 2^42 + 1', shaped(32, 2 ** 42 + 1), /^tensor "w" has a dimension of 4398046/],
    ['a negative product', shaped(2n ** 63n, 1), /^tensor "w" has a dimension of 9223/],
    ['dimension -1', shaped(4, 2n ** 64n - 1n), /^tensor "w" has a dimension of 18446/],
    [
      'a product that wraps to 0',
      shaped(2 ** 30, 2 ** 30, 2 ** 30),
      /^tensor "w" has the shape .*, more than any file holds$/,
    ],
    [
      'a size that wraps to 0 when it is aligned',
      // 2^62 - 1 floats: with 31 more bytes, 64 bits are full.
      shaped(2 ** 31 - 1, 2 ** 31 - 1),
      /^tensor "w" has the shape 2147483647 × 2147483647/,
    ],
    ['data past the end', shaped(2 ** 20, 2 ** 10), /^tensor "w" ends after .* cut short$/],
    [
      'an offset past the end',
      withTensors({ ...row, offset: 2 ** 30 }),
      /^tensor "w" ends after .* cut short$/,
    ],
    [
      'an offset that wraps',
      withTensors({ ...row, offset: 2n ** 64n - 32n }),
      'tensor "w" lies outside any file',
    ],
    [
      'an offset that is not aligned',
      withTensors({ ...row, offset: 8 }, tensor('v', [32])),
      'tensor "w" begins at 8, not at a multiple of 32',
    ],
    [
      'tensors that overlap',
      withTensors(tensor('v', [32]), { ...row, offset: 96 }),
      'tensors "v" and "w" overlap',
    ],
    ['one name twice', withTensors(row, row), 'there are two tensors "w"'],
    ['no name', withTensors({ ...row, name: '' }), 'the name of a tensor is empty'],
    ['a long name', withTensors({ ...row, name: 'x'.repeat(65) }), /^the name .* 64 letters$/],
    [
      'part of a block',
      withTensors({ ...row, shape: [48] }),
      /^tensor "w" has rows of 48 elements/,
    ],
    ['a type of 2023', withTensors({ ...row, type: 4 }), /^tensor "w" has the type Q4_2;/],
    ['type Q4_1', withTensors({ ...row, type: 3 }), /^tensor "w" has the type Q4_1; .* Q8_0$/],
    ['type Q4_K', withTensors({ ...row, type: 12 }), /^tensor "w" has the type Q4_K;/],
    ['type Q6_K', withTensors({ ...row, type: 14 }), /^tensor "w" has the type Q6_K;/],
    ['type 4096', withTensors({ ...row, type: 4096 }), /^tensor "w" has the type number 4096;/],
  ])('%s', (_, bytes, message) => {
    expect(cause(bytes)).toMatch(message)
  })

  test('of absurd sizes are refused without the size of the file too', () => {
    const far = withTensors({ ...row, offset: 2n ** 63n })
    expect(cause(far, null)).toBe('tensor "w" lies outside any file')
    expect(cause(shaped(2 ** 31 - 1, 2 ** 31 - 1), null)).toMatch(/^tensor "w" has the shape/)
  })
})

test('the file that the others are made of is good', () => {
  expect(cause(good)).toBe('')
  expect(cause(withTensors(tensor('v', [32], 8), tensor('w', [32])))).toBe('')
})
