import { expect, test } from 'vitest'
import { openEmoji } from '../../../decoder/text/emoji.ts'

test('length of what may still be extended', () => {
  expect(openEmoji('plain')).toBe(0)
  expect(openEmoji('')).toBe(0)
  expect(openEmoji('hi 😀')).toBe(2)
  expect(openEmoji('hi 😀!')).toBe(0)
  expect(openEmoji('😀😀')).toBe(2)
  expect(openEmoji('👍🏽')).toBe('👍🏽'.length)
  expect(openEmoji('👨‍👩‍')).toBe('👨‍👩‍'.length)
  expect(openEmoji('❤️')).toBe(2)
  expect(openEmoji('🇩')).toBe(2)
  expect(openEmoji('🇩🇪')).toBe(0)
  expect(openEmoji('🇩🇪🇫')).toBe(2)
  expect(openEmoji('日本')).toBe(0)
})
