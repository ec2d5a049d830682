import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8Ranges } from '../../../../decoder/constraints/language/utf8-ranges.ts'

const matches = (first: number, last: number, bytes: Uint8Array) =>
  utf8Ranges(first, last).some(
    (ranges) =>
      ranges.length === bytes.length &&
      ranges.every(([from, to], i) => from <= bytes[i]! && bytes[i]! <= to),
  )

test('match the UTF-8 of the code points between, and of no other', () => {
  const border = fc.constantFrom(
    0,
    0x7f,
    0x80,
    0x7ff,
    0x800,
    0xd7ff,
    0xe000,
    0xffff,
    0x10000,
    0x10ffff,
  )
  const code = fc.oneof(
    fc.integer({ min: 0, max: 0x10ffff }),
    fc.tuple(border, fc.integer({ min: -3, max: 3 })).map(([at, by]) => at + by),
  )
  const point = code.filter((at) => at >= 0 && at <= 0x10ffff && (at < 0xd800 || at > 0xdfff))
  fc.assert(
    fc.property(point, point, point, (a, b, at) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)]
      const bytes = new TextEncoder().encode(String.fromCodePoint(at))
      return matches(first, last, bytes) === (first <= at && at <= last)
    }),
    { seed: 1, numRuns: 5000 },
  )
})

test('all characters are RFC 3629’s table of well-formed sequences', () => {
  const hex = utf8Ranges(0, 0x10ffff).map((ranges) =>
    ranges.map(([from, to]) => `${from.toString(16)}-${to.toString(16)}`).join(' '),
  )
  expect(hex.sort()).toEqual(
    [
      '0-7f',
      'c2-df 80-bf',
      'e0-e0 a0-bf 80-bf',
      'e1-ec 80-bf 80-bf',
      'ed-ed 80-9f 80-bf',
      'ee-ef 80-bf 80-bf',
      'f0-f0 90-bf 80-bf 80-bf',
      'f1-f3 80-bf 80-bf 80-bf',
      'f4-f4 80-8f 80-bf 80-bf',
    ].sort(),
  )
})
