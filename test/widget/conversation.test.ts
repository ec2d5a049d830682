import { expect, test } from 'vitest'
import { dropOldestExchange, requestMessages, type Turn } from '../../widget/chat/conversation.ts'
import { load, save, type TextStore } from '../../widget/chat/storage.ts'

const turns: Turn[] = [
  { id: 1, role: 'user', text: 'q1', status: 'done' },
  { id: 2, role: 'assistant', text: 'a1', status: 'done' },
  { id: 3, role: 'user', text: 'q2', status: 'done' },
  { id: 4, role: 'assistant', text: 'part', status: 'stopped' },
  { id: 5, role: 'user', text: 'q3', status: 'done' },
  { id: 6, role: 'assistant', text: '', status: 'stopped' },
  { id: 7, role: 'user', text: 'q4', status: 'done' },
  { id: 8, role: 'assistant', text: '', status: 'waiting' },
]
const contents = (from: number) => requestMessages(turns, 7, from, 'sys').map((m) => m.content)

test('the model gets the system text and what was said, both sides taking turns', () => {
  expect(requestMessages(turns, 7, 0, 'sys').map((message) => message.role)).toEqual([
    'system',
    'user',
    'assistant',
    'user',
    'assistant',
    'user',
  ])
  expect(contents(0)).toEqual(['sys', 'q1', 'a1', 'q2', 'part', 'q4'])
})

test('without a system text there is none', () => {
  expect(requestMessages(turns, 3, 0, '')[0]).toEqual({ role: 'user', content: 'q1' })
})

test('the oldest exchange goes first, the last question never', () => {
  expect(dropOldestExchange(turns, 7, 0)).toBe(3)
  expect(contents(3)).toEqual(['sys', 'q2', 'part', 'q4'])
  expect(dropOldestExchange(turns, 7, 3)).toBe(5)
  expect(dropOldestExchange(turns, 7, 5)).toBe(7)
  expect(contents(7)).toEqual(['sys', 'q4'])
  expect(dropOldestExchange(turns, 7, 7)).toBeNull()
})

const memory = (): TextStore & { text: string } => ({
  text: '',
  getItem() {
    return this.text
  },
  setItem(_, value) {
    this.text = value
  },
})

test('a chat comes back as it was saved; what was still streaming counts as stopped', () => {
  const store = memory()
  const streaming: Turn = { id: 9, role: 'assistant', text: 'so far', status: 'streaming' }
  save(store, 'k', {
    turns: [...turns, streaming],
    from: 3,
    draft: 'd',
    place: 'device',
    deviceHeld: true,
  })
  const saved = load(store, 'k')
  expect(saved).toMatchObject({ from: 3, draft: 'd', place: 'device', deviceHeld: true })
  expect(saved.turns!.at(-1)).toEqual({ ...streaming, status: 'stopped' })
  expect(saved.turns!.map((turn) => turn.text)).not.toContain('')
})

test('only the newest turns are kept', () => {
  const store = memory()
  const many = Array.from(
    { length: 500 },
    (_, id): Turn => ({ id, role: 'user', text: 'x', status: 'done' }),
  )
  save(store, 'k', { turns: many, from: 0, draft: '', place: 'edge', deviceHeld: false })
  expect(load(store, 'k').turns).toEqual(many.slice(-60))
})

test.each(['', 'null', '[]', '{"turns":7}', '{"turns":[null,{"id":"x"}]}', 'not json'])(
  'nonsense in the storage counts as nothing: %s',
  (text) => {
    const store = { ...memory(), text }
    expect(load(store, 'k').turns ?? []).toEqual([])
  },
)

test('a storage that refuses disturbs nobody', () => {
  const store: TextStore = {
    getItem() {
      throw new Error('denied')
    },
    setItem() {
      throw new Error('full')
    },
  }
  expect(load(store, 'k')).toEqual({})
  save(store, 'k', { turns, from: 0, draft: '', place: 'edge', deviceHeld: false })
})
