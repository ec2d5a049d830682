import { expect, test } from 'vitest'
import { TransferRate } from '../../widget/engine/transfer-rate.ts'
import { megabytes } from '../../widget/panel/amounts.ts'

test('a steady transfer: bytes left over bytes a second', () => {
  const rate = new TransferRate()
  expect(rate.secondsFor(1000)).toBeNull()
  for (let second = 0; second <= 5; second++) rate.sample(second * 2_000_000, second * 1000)
  expect(rate.secondsFor(10_000_000)).toBe(5)
})

test('a change of speed counts half after three seconds', () => {
  const rate = new TransferRate()
  rate.sample(0, 0)
  rate.sample(4000, 1000)
  rate.sample(4000, 4000)
  expect(rate.secondsFor(2000)).toBe(1)
  expect(rate.secondsFor(8000)).toBe(4)
})

test('amounts as people read them', () => {
  expect(megabytes(6_100_000, 'en')).toBe('6.1 MB')
  expect(megabytes(6_100_000, 'de')).toBe('6,1 MB')
  expect(megabytes(1234, 'en')).toBe('0.1 MB')
  expect(megabytes(0, 'en')).toBe('0.0 MB')
  expect(megabytes(123_456_789, 'en')).toBe('123 MB')
})
