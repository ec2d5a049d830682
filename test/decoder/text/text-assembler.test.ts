import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TextAssembler } from '../../../decoder/text/text-assembler.ts'

const token = (text: string | number[], id = 1) => ({
  id,
  logprob: -1,
  entropy: 0,
  top: [],
  bytes: typeof text === 'string' ? new TextEncoder().encode(text) : Uint8Array.from(text),
})

function run(pieces: (string | number[])[], stop: string[], options = {}) {
  const assembler = new TextAssembler({
    stop,
    includeStop: false,
    minTokens: 0,
    dropsLeadingSpace: false,
    ...options,
  })
  const deltas: string[] = []
  let released = 0
  for (const piece of pieces) {
    const { delta, stop: found } = assembler.push(token(piece))
    if (delta) {
      deltas.push(delta.text)
      released += delta.tokens.length
    }
    if (found !== null) return { deltas, text: deltas.join(''), found, released }
  }
  const rest = assembler.finish()
  if (rest) {
    deltas.push(rest.text)
    released += rest.tokens.length
  }
  return { deltas, text: deltas.join(''), found: null, released }
}

describe('stop strings', () => {
  test('over two tokens, cut before the first character', () => {
    expect(run(['one tw', 'o three'], ['two']).text).toBe('one ')
  })

  test('text before the stop inside one token is kept', () => {
    expect(run(['abcST', 'OP'], ['STOP'])).toMatchObject({ text: 'abc', found: 'STOP' })
  })

  test('a near-match is released whole, at once when it fails', () => {
    expect(run(['x', 'S', 'T', 'A', 'y'], ['STOP']).deltas).toEqual(['x', 'STA', 'y'])
  })

  test('what waited is released when generation ends', () => {
    expect(run(['answer', '.'], ['.!'])).toMatchObject({ text: 'answer.', found: null })
  })

  test('only a true beginning waits, not the length of the stop', () => {
    const stop = 'z'.repeat(60)
    expect(run(['a', 'b', 'c'], [stop]).deltas).toEqual(['a', 'b', 'c'])
  })

  test('of two stops the earlier in the text wins; of two at one place the longer', () => {
    expect(run(['one two'], ['two', 'ne']).text).toBe('o')
    expect(run(['abc'], ['b', 'bc'])).toMatchObject({ text: 'a', found: 'bc' })
  })

  test('emoji and CJK beside a near-match stay whole', () => {
    const bytes = [...new TextEncoder().encode('日本😀語')].map((byte) => [byte])
    expect(run(bytes, ['日本x']).text).toBe('日本😀語')
  })

  test('includeStop leaves it in', () => {
    expect(run(['one two three'], ['two'], { includeStop: true }).text).toBe('one two')
  })

  test('min tokens: earlier stops do not count, the next one does', () => {
    const result = run(['a.', 'b.', 'c.', 'd.', 'e.'], ['.'], { minTokens: 3 })
    expect(result).toMatchObject({ text: 'a.b.c.d', found: '.' })
  })

  test('a stop that began before min tokens does not count', () => {
    expect(run(['aS', 'Tb', 'ST'], ['ST'], { minTokens: 1 }).text).toBe('aSTb')
  })

  test('whatever the text, the stops and the cuts: text = everything before the first stop', () => {
    const letters = fc.string({
      unit: fc.constantFrom('a', 'b', 'é', '😀'),
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(
        fc.array(letters),
        fc.array(letters, { minLength: 1, maxLength: 3 }),
        (pieces, stops) => {
          const all = pieces.join('')
          const ends = stops.map((stop) => all.indexOf(stop)).filter((index) => index >= 0)
          const { text, deltas } = run(pieces, stops)
          // Streaming stops at the first stop to be complete; it may begin after a longer one that is not complete yet.
          if (ends.length === 0) expect(text).toBe(all)
          else expect(all.startsWith(text)).toBe(true)
          for (const stop of stops) expect(text).not.toContain(stop)
          for (const delta of deltas) expect(delta.isWellFormed()).toBe(true)
        },
      ),
      { seed: 10, numRuns: 1000 },
    )
  })
})

describe('characters', () => {
  test('an emoji of byte tokens arrives in one delta', () => {
    const family = '👨‍👩‍👧'
    const bytes = [...new TextEncoder().encode(family)].map((byte) => [byte])
    expect(run([...bytes, '!'], []).deltas.filter((delta) => delta)).toEqual([`${family}!`])
  })

  test('a character cut in half at the end is dropped', () => {
    expect(run(['hi', [0xf0, 0x9f]], []).text).toBe('hi')
  })

  test('every token is reported once, even those without text', () => {
    expect(run(['a', [], [0xc3], [0xa9], 'b', [0xf0]], []).released).toBe(6)
  })
})
