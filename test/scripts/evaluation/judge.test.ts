import { expect, test } from 'vitest'
import { declines, isRight } from '../../../scripts/lib/evaluation/judge.ts'
import { readQuestions } from '../../../scripts/lib/evaluation/questions.ts'

const asked = { group: 'grounded', asks: ['?'] }

test.each([
  [[['7 am']], 'We open at 7 AM from Tuesday.', true],
  [[['7 am']], 'We open at 8 am.', false],
  [[['Monday to Friday', '9 am']], 'From 9 am.', true],
  [[['29 dollars'], ['red']], 'It is red and costs 29 dollars', true],
  [[['29 dollars'], ['red']], 'It is red.', false],
  [[['7 am']], 'I am sorry, I do not know when we open; perhaps 7 am.', false],
])('an answer must hold a text of each span: %j in "%s"', (spans, answer, right) => {
  expect(isRight({ ...asked, spans }, answer)).toBe(right)
})

test.each([
  ['Hello! How can I help you?', true],
  ['hello!  how can I help you', true],
  ['Hello there! How can I help you?', false],
])('courtesy is compared but for case, spaces and marks at the ends: "%s"', (answer, right) => {
  expect(isRight({ ...asked, answers: ['Hello! How can I help you?', 'Hi!'] }, answer)).toBe(right)
})

test.each([
  ['I am sorry, I do not know that.', true],
  ["I don't have that information.", true],
  ['It costs 5 euros.', false],
  ['Sorry to hear that!', true],
  ['Sorry, no picking flowers here.', false],
  ['I cannot do that myself.', true],
  ['It is canned.', false],
  ['Vehicles over 7.5 tonnes cannot be carried.', false],
  ["We don't know our price list by heart, and you can't pay by card.", false],
])('declines or not: "%s"', (answer, expected) => {
  expect(declines(answer)).toBe(expected)
  expect(isRight(asked, answer)).toBe(expected)
})

test('the questions are many, and each says what is right', () => {
  const groups = Map.groupBy(readQuestions(), ({ group }) => group)
  for (const group of ['grounded-types', 'grounded-wordings', 'follow-up', 'unknown'])
    expect(groups.get(group)!.length).toBeGreaterThanOrEqual(300)
  for (const question of readQuestions(/^(grounded|follow-up)/)) {
    // Every span stands in the facts: copying can answer.
    for (const texts of question.spans!)
      expect(
        texts.some((text) => question.system!.toLowerCase().includes(text.toLowerCase())),
      ).toBe(true)
  }
  expect(readQuestions(/^unknown/).some(({ spans, answers }) => spans || answers)).toBe(false)
})
