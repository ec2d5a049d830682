import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Detokenizer } from '../../../decoder/text/detokenizer.ts'

/** Cuts bytes into pieces at these places. */
function cut(bytes: Uint8Array, places: number[]): Uint8Array[] {
  const borders = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort(
    (a, b) => a - b,
  )
  return [0, ...borders].map((from, i) => bytes.slice(from, borders[i] ?? bytes.length))
}

test('any text cut anywhere comes out the same, without a broken character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.array(fc.nat()), (text, places) => {
      const detokenizer = new Detokenizer()
      const deltas = cut(new TextEncoder().encode(text), places).map((bytes) =>
        detokenizer.push(bytes),
      )
      expect(deltas.join('')).toBe(text)
      expect(detokenizer.incomplete).toBe(false)
      if (!text.includes('\uFFFD')) expect(deltas.join('|')).not.toContain('\uFFFD')
      for (const delta of deltas) expect(delta.isWellFormed()).toBe(true)
    }),
    { seed: 7, numRuns: 500 },
  )
})

test('any bytes at all come out as the platform’s decoder reads them, but for an incomplete end', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(fc.nat()), (bytes, places) => {
      const detokenizer = new Detokenizer()
      const text = cut(bytes, places)
        .map((part) => detokenizer.push(part))
        .join('')
      const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
      expect(whole.startsWith(text)).toBe(true)
      expect(whole.slice(text.length)).toMatch(/^\uFFFD{0,3}$/)
    }),
    { seed: 8, numRuns: 2000 },
  )
})

test('half an emoji at the end is dropped', () => {
  const detokenizer = new Detokenizer()
  expect(detokenizer.push(Uint8Array.of(0x68, 0xf0, 0x9f))).toBe('h')
  expect(detokenizer.incomplete).toBe(true)
})

test('SentencePiece’s first space goes, later ones stay', () => {
  const detokenizer = new Detokenizer(true)
  const bytes = (text: string) => new TextEncoder().encode(text)
  expect(detokenizer.push(bytes(' Hi')) + detokenizer.push(bytes(' you'))).toBe('Hi you')
})
