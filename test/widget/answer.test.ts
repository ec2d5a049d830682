import { expect, test } from 'vitest'
import { answer, type Task } from '../../widget/chat/answer.ts'
import {
  type ChatEngine,
  EngineError,
  type EngineErrorCode,
  type ReplyEvent,
} from '../../widget/engine/chat-engine.ts'

type Step = ReplyEvent | EngineError

const text = (text: string): Step => ({ type: 'text', text })
const done = (finish_reason = 'stop', completionTokens = 50): Step => ({
  type: 'done',
  finish_reason,
  completionTokens,
})
const error = (code: EngineErrorCode) => new EngineError(code)

/** Plays one script per attempt; an engine asked more often than there are scripts is a failure of the test. */
function play(scripts: { edge?: Step[][]; device?: Step[][] }, rules: Partial<Task> = {}) {
  const log: string[] = []
  let place: 'edge' | 'device' = 'edge'
  const engine = (name: 'edge' | 'device'): ChatEngine => ({
    async *reply() {
      log.push(name)
      const script = scripts[name]?.shift()
      if (!script) throw new Error(`${name} was asked too often`)
      for (const step of script) {
        if (step instanceof EngineError) throw step
        yield step
      }
    },
  })
  const options = { model: 'm', temperature: 0, maxTokens: null, seed: null, decoding: {} }
  const task: Task = {
    engine: () => ({ place, engine: engine(place) }),
    messages: () => [],
    options,
    onText: (text) => log.push(text),
    makeRoom: () => false,
    switchFrom: async (from) => {
      place = from === 'edge' ? 'device' : 'edge'
      return true
    },
    ...rules,
  }
  return { log, run: (signal = new AbortController().signal) => answer(task, signal) }
}

test('text as it comes, then the end', async () => {
  const { log, run } = play({ edge: [[text('a'), text('b'), done()]] })
  expect(await run()).toEqual({ kind: 'done', text: 'ab', finishReason: 'stop' })
  expect(log).toEqual(['edge', 'a', 'ab'])
})

test('too long: asked again as long as there is something to leave out', async () => {
  const long = [error('context_length_exceeded')]
  let room = 2
  const { log, run } = play(
    { edge: [long, long, [text('fits'), done()]] },
    { makeRoom: () => room-- > 0 },
  )
  expect(await run()).toMatchObject({ kind: 'done', text: 'fits' })
  expect(log).toEqual(['edge', 'edge', 'edge', 'fits'])
})

test('too long, and nothing to leave out', async () => {
  const { run } = play({ edge: [[error('context_length_exceeded')]] })
  expect(await run()).toMatchObject({ kind: 'failed', error: { code: 'context_length_exceeded' } })
})

test('cut after a few tokens by a full context: more room, another try', async () => {
  const cramped = [text('You'), done('length', 2)]
  let room = 1
  const more = play({ edge: [cramped, [text('You can.'), done()]] }, { makeRoom: () => room-- > 0 })
  expect(await more.run()).toMatchObject({ kind: 'done', text: 'You can.' })
  const none = play({ edge: [cramped] })
  expect(await none.run()).toEqual({ kind: 'done', text: 'You', finishReason: 'length' })
})

test('a limit that the owner set is no sign of a full context', async () => {
  const options = { model: 'm', temperature: 0, maxTokens: 2, seed: null, decoding: {} }
  const { run } = play(
    { edge: [[text('You'), done('length', 2)]] },
    { options, makeRoom: () => true },
  )
  expect(await run()).toMatchObject({ kind: 'done', text: 'You' })
})

test('a lost edge hands over to the device, and the other way round', async () => {
  const { log, run } = play({
    edge: [[error('unreachable')], [text('edge'), done()]],
    device: [[error('failed')]],
  })
  expect(await run()).toMatchObject({ kind: 'done', text: 'edge' })
  expect(log).toEqual(['edge', 'device', 'edge', 'edge'])
})

test('two lost engines do not hand over for ever', async () => {
  const dead = () => Array.from({ length: 3 }, () => [error('unreachable')])
  const { log, run } = play({ edge: dead(), device: dead() })
  expect(await run()).toMatchObject({ kind: 'failed', error: { code: 'unreachable' } })
  expect(log).toEqual(['edge', 'device', 'edge', 'device'])
})

test('once words have come, a failure is a failure, with the words', async () => {
  const { run } = play({ edge: [[text('half'), error('broken_off')]] })
  expect(await run()).toMatchObject({ kind: 'failed', text: 'half', error: { code: 'broken_off' } })
})

test('a stream that only ends is a failure', async () => {
  const { run } = play({ edge: [[text('half')]] })
  expect(await run()).toMatchObject({ kind: 'failed', text: 'half', error: { code: 'broken_off' } })
})

test('stopped in the middle: what had come is kept', async () => {
  const stop = new AbortController()
  const { run } = play(
    { edge: [[text('one'), text('two'), done()]] },
    { onText: () => stop.abort() },
  )
  expect(await run(stop.signal)).toEqual({ kind: 'stopped', text: 'one' })
})

test('stopped while the other engine is being made ready', async () => {
  const stop = new AbortController()
  const { run } = play(
    { edge: [[error('unreachable')]] },
    {
      switchFrom: () => {
        stop.abort()
        return new Promise(() => {})
      },
    },
  )
  expect(await run(stop.signal)).toEqual({ kind: 'stopped', text: '' })
})
