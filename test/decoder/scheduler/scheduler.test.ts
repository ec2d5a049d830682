import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ForwardStep, LanguageModel } from '../../../decoder/index.ts'
import { Scheduler } from '../../../decoder/scheduler/scheduler.ts'
import { hasHeads } from '../../../decoder/strategies/drafters/index.ts'
import { HeadedModel } from '../../support/markov-model.ts'
import { certain, TableModel } from '../../support/table-model.ts'

/** Says the token after the last, and notes the steps of each pass. */
class CountingModel extends TableModel {
  readonly passes: number[] = []
  gate: Promise<void> | null = null

  constructor() {
    super((tokens) => certain((tokens.at(-1)! + 1) % 8, 8))
  }

  override async forward(steps: ForwardStep[]): Promise<Float32Array[][]> {
    this.passes.push(steps.length)
    const wrong = steps.find(({ tokens }) => tokens[0] === 99)
    if (wrong) throw new RangeError('token 99')
    const rows = await super.forward(steps)
    await this.gate
    if (steps.some(({ tokens }) => tokens[0] === 77)) throw new Error('engine broke')
    return rows
  }
}

const best = (row: Float32Array) => row.indexOf(Math.max(...row))

/** Feeds a chain of tokens one by one; each is what the model said last. */
async function chain(model: LanguageModel, first: number, length: number): Promise<number[]> {
  const cache = model.createCache()
  const said: number[] = []
  let token = first
  for (let i = 0; i < length; i++) {
    const [rows] = await model.forward([{ cache, tokens: [token] }])
    token = best(rows![0]!)
    said.push(token)
  }
  cache.dispose()
  return said
}

test('all in flight share each pass; who finishes leaves the others', async () => {
  const model = new CountingModel()
  const scheduler = new Scheduler(model)
  const seats = Array.from({ length: 6 }, () => scheduler.enter())
  const texts = await Promise.all(
    seats.map(async (seat, i) => {
      const text = await chain(seat, i, i < 3 ? 4 : 2)
      await seat.dispose()
      return text
    }),
  )
  expect(texts[0]).toEqual([1, 2, 3, 4])
  expect(texts[5]).toEqual([6, 7])
  expect(model.passes).toEqual([6, 6, 3, 3])
  expect([scheduler.seats, model.caches]).toEqual([0, 0])
})

test('one alone waits for nothing, not even a pause', async () => {
  const model = new CountingModel()
  const seat = new Scheduler(model).enter()
  let done = false
  chain(seat, 0, 5).then(() => {
    done = true
  })
  for (let i = 0; i < 200; i++) await null
  expect(done).toBe(true)
})

test('a newcomer joins between two passes', async () => {
  const model = new CountingModel()
  const scheduler = new Scheduler(model)
  const first = chain(scheduler.enter(), 0, 40)
  await new Promise((resolve) => setTimeout(resolve, 1))
  const second = chain(scheduler.enter(), 1, 5)
  expect((await first).slice(0, 3)).toEqual([1, 2, 3])
  expect(await second).toEqual([2, 3, 4, 5, 6])
})

test('heads of a model are there for each generation', async () => {
  const model = new HeadedModel(6, 1)
  const seat = new Scheduler(model).enter()
  expect(hasHeads(seat)).toBe(true)
  if (!hasHeads(seat)) return
  const cache = seat.createCache()
  await seat.forward([{ cache, tokens: [1, 2] }])
  expect(seat.heads).toBe(2)
  expect(await seat.headLogits(cache)).toEqual(await model.headLogits(cache))
  expect(hasHeads(new Scheduler(new CountingModel()).enter())).toBe(false)
})

describe('faults', () => {
  test('a step that is refused fails its own generation alone', async () => {
    const model = new CountingModel()
    const scheduler = new Scheduler(model)
    const results = await Promise.allSettled([
      chain(scheduler.enter(), 0, 2),
      chain(scheduler.enter(), 99, 2),
      chain(scheduler.enter(), 3, 2),
    ])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(results[2]).toMatchObject({ value: [4, 5] })
  })

  test('a pass that broke after it had fed its tokens feeds them no second time', async () => {
    const model = new CountingModel()
    const scheduler = new Scheduler(model)
    const [good, bad] = [scheduler.enter(), scheduler.enter()]
    const cache = good.createCache()
    const results = await Promise.allSettled([
      good.forward([{ cache, tokens: [1, 2, 3], rows: 'all' }]),
      bad.forward([{ cache: bad.createCache(), tokens: [77] }]),
    ])
    expect(results[1]).toMatchObject({ reason: { message: 'engine broke' } })
    expect(cache.length).toBe(3)
    const { value } = results[0] as PromiseFulfilledResult<Float32Array[][]>
    expect(value[0]!.map(best)).toEqual([2, 3, 4])
  })
})

describe('the queue is bounded', () => {
  test('one more than the limit is refused, and let in when another has left', async () => {
    const scheduler = new Scheduler(new CountingModel(), 2)
    const seats = [scheduler.enter(), scheduler.enter()]
    expect(() => scheduler.enter()).toThrow(
      expect.objectContaining({ code: 'overloaded', message: expect.stringContaining('2 texts') }),
    )
    await seats[0]!.dispose()
    await chain(scheduler.enter(), 0, 2)
  })

  test('those who vanished without a word do not keep others out for ever', () => {
    const scheduler = new Scheduler(new CountingModel(), 2)
    scheduler.enter()
    scheduler.enter()
    let refused = 0
    for (;;) {
      try {
        scheduler.enter()
        break
      } catch {
        refused++
      }
    }
    expect(refused).toBeLessThan(50)
  })

  test('nobody waits for a generation that takes no steps, and it may come back', async () => {
    const model = new CountingModel()
    const scheduler = new Scheduler(model)
    const sleeper = scheduler.enter()
    const seat = scheduler.enter()
    await chain(seat, 0, 20)
    expect(scheduler.seats).toBe(1)
    expect(await Promise.all([chain(sleeper, 0, 3), chain(seat, 2, 3)])).toEqual([
      [1, 2, 3],
      [3, 4, 5],
    ])
    expect(Math.max(...model.passes)).toBe(2)
  })
})

describe('a pass that takes its time', () => {
  test('lets nobody else run one meanwhile', async () => {
    const model = new CountingModel()
    const open = Promise.withResolvers<void>()
    model.gate = open.promise
    const scheduler = new Scheduler(model)
    const first = chain(scheduler.enter(), 0, 1)
    const second = chain(scheduler.enter(), 1, 1)
    await new Promise((resolve) => setTimeout(resolve, 5))
    const third = chain(scheduler.enter(), 2, 1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(model.passes).toEqual([1])
    open.resolve()
    expect(await Promise.all([first, second, third])).toEqual([[1], [2], [3]])
    expect(model.passes).toEqual([1, 2])
  })

  describe('or was lost', () => {
    beforeEach(() => {
      vi.useFakeTimers({ toFake: ['setTimeout'] })
    })
    afterEach(() => {
      vi.useRealTimers()
    })

    test('with the request that ran it: those in it fail, the others go on', async () => {
      const model = new CountingModel()
      model.gate = new Promise(() => {})
      const scheduler = new Scheduler(model)
      const lost = scheduler.enter()
      const cache = lost.createCache()
      void lost.forward([{ cache, tokens: [1] }])
      await vi.advanceTimersByTimeAsync(5)
      model.gate = null
      const next = chain(scheduler.enter(), 2, 3)
      for (let second = 0; second < 40; second++) {
        await vi.advanceTimersByTimeAsync(1000)
        await new Promise(setImmediate)
      }
      expect(await next).toEqual([3, 4, 5])
    })
  })
})
