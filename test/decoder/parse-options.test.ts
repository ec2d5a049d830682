import { expect, test } from 'vitest'
import { DecodingError } from '../../decoder/errors.ts'
import { parseOptions } from '../../decoder/parse-options.ts'

function refusal(given: unknown, nameOf?: (path: string) => string): DecodingError {
  try {
    parseOptions(given, nameOf)
  } catch (error) {
    if (error instanceof DecodingError) return error
  }
  throw new Error('not refused')
}

test('what is given is kept, the rest has its defaults', () => {
  expect(parseOptions({ temperature: 0, stop: 'x' })).toMatchObject({
    temperature: 0,
    stop: 'x',
    top_p: 1,
    min_tokens: 0,
  })
})

test('the first option at fault is named by its path', () => {
  const error = refusal({ temperature: 0, speculative: { method: 'ngram', num_tokens: 17 } })
  expect(error.code).toBe('invalid_value')
  expect(error.message).toMatch(/^speculative\.num_tokens: ./)
})

test('or as the caller calls it', () => {
  const error = refusal({ suppress_tokens: [1, -2] }, (path) => `<${path}>`)
  expect(error.message).toMatch(/^<suppress_tokens\.1>: ./)
})

test('what is no options at all is refused too', () => {
  expect(refusal('hot').message).toMatch(/^the options: ./)
})
