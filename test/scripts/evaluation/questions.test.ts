import { expect, test } from 'vitest'
import { readQuestions } from '../../../scripts/lib/evaluation/questions.ts'

test('a pattern picks groups; one that picks none is told which there are', () => {
  const groups = new Set(readQuestions(/^follow-up/).map(({ group }) => group))
  expect(groups).toEqual(new Set(['follow-up', 'follow-up by hand']))
  expect(() => readQuestions(/nonsense/)).toThrow(/\/nonsense\/; there are: .*follow-up by hand/)
})
