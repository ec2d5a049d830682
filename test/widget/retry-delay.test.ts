import { expect, test } from 'vitest'
import { retryDelay } from '../../widget/engine/edge.ts'

const delay = (status: number, headers: Record<string, string> = {}, attempt = 1) =>
  retryDelay(new Response(null, { status, headers }), attempt)

test.each([408, 409, 429, 502, 503, 504])('%i is worth another try', (status) => {
  expect(delay(status)).toBe(500)
  expect(delay(status, {}, 2)).toBe(1000)
})

test.each([400, 401, 403, 404, 413, 500])('%i is not', (status) => {
  expect(delay(status)).toBeNull()
})

test('the edge’s word goes first', () => {
  expect(delay(503, { 'x-should-retry': 'false' })).toBeNull()
  expect(delay(500, { 'x-should-retry': 'true' })).toBe(500)
  expect(delay(429, { 'retry-after': '2.5' })).toBe(2500)
  expect(delay(429, { 'retry-after-ms': '120', 'retry-after': '9' })).toBe(120)
  expect(delay(429, { 'retry-after': 'soon' })).toBe(500)
  const inThreeSeconds = new Date(Date.now() + 3000).toUTCString()
  const wait = delay(503, { 'retry-after': inThreeSeconds })!
  expect(wait).toBeGreaterThan(1000)
  expect(wait).toBeLessThanOrEqual(3000)
})
