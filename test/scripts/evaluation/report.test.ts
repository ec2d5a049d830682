import { expect, test } from 'vitest'
import { asJson, asTables } from '../../../scripts/lib/evaluation/report.ts'

const report = {
  questions: [['identity', { number: 8, right: 6, declined: 1 }]] as [
    string,
    { number: number; right: number; declined: number },
  ][],
  bits_per_byte: [['star', 0.6187]] as [string, number][],
  guessing: [],
  filling: [['4', { tokens: 0.25, answers: 0 }]] as [string, { tokens: number; answers: number }][],
}

test('a table for each part that was asked for', () => {
  expect(asTables(report)).toBe(`
| questions | number | right | declined |
| --- | --- | --- | --- |
| identity | 8 | 75.0 % | 12.5 % |

| held-out text | bits per byte |
| --- | --- |
| star | 0.619 |

| answers filled in, passes | tokens as written | answers as written |
| --- | --- | --- |
| 4 | 25.0 % | 0.0 % |
`)
})

test('the same as JSON, by name', () => {
  expect(JSON.parse(asJson(report))).toEqual({
    questions: { identity: { number: 8, right: 6, declined: 1 } },
    bits_per_byte: { star: 0.6187 },
    guessing: {},
    filling: { 4: { tokens: 0.25, answers: 0 } },
  })
})
