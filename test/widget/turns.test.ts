import { expect, test } from 'vitest'
import type { Turn } from '../../widget/chat/conversation.ts'
import { nextId, withAnswer, withOutcome, withQuestion } from '../../widget/chat/turns.ts'
import { EngineError, type EngineErrorCode } from '../../widget/engine/chat-engine.ts'

const said: Turn[] = [
  { id: 1, role: 'user', text: 'hi', status: 'done' },
  { id: 2, role: 'assistant', text: 'Hello!', status: 'done' },
]
const asked = withQuestion(said, 3, 'and?')

/** How the question 3 ended: the last turn, how many there are, and the text that went back. */
function end(outcome: Parameters<typeof withOutcome>[2], online = true) {
  const { turns, givenBack } = withOutcome(asked, 3, outcome, online)
  return { last: turns.at(-1), count: turns.length, givenBack }
}

test('ids count up, also from nothing', () => {
  expect([nextId([]), nextId(said), nextId(asked)]).toEqual([1, 3, 5])
})

test('a question waits for its answer, which is changed as it comes', () => {
  expect(asked.slice(2)).toEqual([
    { id: 3, role: 'user', text: 'and?', status: 'done' },
    { id: 4, role: 'assistant', text: '', status: 'waiting' },
  ])
  const streaming = withAnswer(asked, { text: 'We', status: 'streaming' })
  expect(streaming.slice(0, 3)).toEqual(asked.slice(0, 3))
  expect(streaming[3]).toEqual({ id: 4, role: 'assistant', text: 'We', status: 'streaming' })
})

test.each([
  [
    { kind: 'done', text: 'Yes.', finishReason: 'stop' },
    { text: 'Yes.', status: 'done' },
  ],
  [
    { kind: 'done', text: 'Yes', finishReason: 'length' },
    { text: 'Yes', status: 'done', problem: { code: 'cut_short', detail: '' } },
  ],
  [
    { kind: 'done', text: ' \n', finishReason: 'stop' },
    { text: '', status: 'failed', problem: { code: 'empty', detail: '' } },
  ],
  [
    { kind: 'stopped', text: 'Ye' },
    { text: 'Ye', status: 'stopped' },
  ],
  [
    { kind: 'failed', text: 'Ye', error: new EngineError('broken_off') },
    { text: 'Ye', status: 'failed', problem: { code: 'broken_off', detail: '' } },
  ],
] as const)('an answer that ends as %j', (outcome, answer) => {
  expect(end(outcome)).toEqual({
    last: { id: 4, role: 'assistant', ...answer },
    count: 4,
    givenBack: null,
  })
})

test.each<[EngineErrorCode, boolean, string, string]>([
  ['context_length_exceeded', true, 'too_long', ''],
  ['unreachable', true, 'unreachable', 'its words'],
  ['unreachable', false, 'offline', ''],
  ['refused', false, 'refused', 'its words'],
])(
  'no word came (%s, online: %s): the question is marked and given back',
  (code, online, problem, detail) => {
    const outcome = { kind: 'failed', text: '', error: new EngineError(code, 'its words') } as const
    expect(end(outcome, online)).toEqual({
      last: {
        id: 3,
        role: 'user',
        text: 'and?',
        status: 'failed',
        problem: { code: problem, detail },
      },
      count: 3,
      givenBack: 'and?',
    })
  },
)
