import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventStreamDecoder, type ServerSentEvent } from '../../widget/engine/event-stream.ts'

function decode(stream: string, size: number): ServerSentEvent[] {
  const decoder = new EventStreamDecoder()
  const bytes = new TextEncoder().encode(stream)
  const events: ServerSentEvent[] = []
  for (let i = 0; i < bytes.length; i += size) {
    events.push(...decoder.push(bytes.subarray(i, i + size)))
  }
  return events
}

const data = (...texts: string[]) => texts.map((text) => ({ event: 'message', data: text }))

describe.each([1, 7, 13, 10_000])('cut every %i bytes', (size) => {
  test.each(['\n', '\r\n', '\r'])('line end %j', (end) => {
    const lines = ['data: naïve 👩‍👩‍👧 文字', '', ': a comment', 'data:no space', '', '']
    expect(decode(lines.join(end), size)).toEqual(data('naïve 👩‍👩‍👧 文字', 'no space'))
  })

  test('several data lines, other fields, names', () => {
    const stream = 'id: 7\nevent: error\ndata: a\ndata:  b\nretry: 3\n\ndata\n\n\n\ndata: c\n\n'
    expect(decode(stream, size)).toEqual([
      { event: 'error', data: 'a\n b' },
      { event: 'message', data: '' },
      { event: 'message', data: 'c' },
    ])
  })
})

test('an event without its blank line does not count', () => {
  expect(decode('data: whole\n\ndata: cut', 5)).toEqual(data('whole'))
})

test('a byte order mark is no part of the first line', () => {
  expect(decode('\uFEFFdata: a\n\n', 1)).toEqual(data('a'))
})

test('a line that never ends is refused', () => {
  const decoder = new EventStreamDecoder()
  const megabyte = new Uint8Array(1e6).fill(97)
  expect(() => {
    for (let i = 0; i < 6; i++) decoder.push(megabyte)
  }).toThrow(RangeError)
})

test('where the bytes are cut changes nothing', () => {
  const event = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''))
  const property = fc.property(fc.array(event), fc.integer({ min: 1, max: 9 }), (texts, size) => {
    const stream = texts.map((text) => `data: ${text}\r\n\r\n`).join('')
    expect(decode(stream, size)).toEqual(data(...texts.map((text) => text.toWellFormed())))
  })
  fc.assert(property, { seed: 1 })
})
