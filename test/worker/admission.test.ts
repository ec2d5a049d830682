import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Admission } from '../../worker/engine/admission.ts'

const limits = { slots: 2, queue: 3, patienceMs: 10_000, leaseMs: 35_000 }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Lets waiting requests look at the queue. */
const tick = (milliseconds = 10) => vi.advanceTimersByTimeAsync(milliseconds)

describe('admission', () => {
  test('lets as many in as there are slots, then first come, first served', async () => {
    const admission = new Admission(limits)
    const a = await admission.enter()
    const b = await admission.enter()
    const order: string[] = []
    const c = admission.enter().then((lease) => {
      order.push('c')
      return lease
    })
    const d = admission.enter().then((lease) => {
      order.push('d')
      return lease
    })
    await tick()
    expect([admission.running, admission.waiting, order]).toEqual([2, 2, []])
    b.release()
    await tick()
    expect(order).toEqual(['c'])
    a.release()
    await tick()
    expect(order).toEqual(['c', 'd'])
    for (const lease of [await c, await d]) lease.release()
    expect([admission.running, admission.waiting]).toEqual([0, 0])
  })

  test('whoever comes when others wait does not overtake them', async () => {
    const admission = new Admission({ ...limits, slots: 1 })
    const a = await admission.enter()
    const order: number[] = []
    const enter = (name: number) =>
      admission.enter().then((lease) => {
        order.push(name)
        lease.release()
      })
    const waiting = enter(1)
    a.release()
    const late = enter(2)
    await tick(50)
    await Promise.all([waiting, late])
    expect(order).toEqual([1, 2])
  })

  test('one that counts as several waits for as much room, and for no more than there is', async () => {
    const admission = new Admission(limits)
    const a = await admission.enter()
    let isIn = false
    const wide = admission.enter(undefined, 5).then((lease) => {
      isIn = true
      return lease
    })
    await tick()
    expect(isIn).toBe(false)
    a.release()
    await tick()
    expect(isIn).toBe(true)
    const after = admission.enter()
    await tick()
    expect(admission.waiting).toBe(1)
    const lease = await wide
    lease.release()
    await tick()
    expect(admission.waiting).toBe(0)
    const last = await after
    last.release()
  })

  test('refuses at once when the queue is full, and says when to come back', async () => {
    const admission = new Admission(limits)
    for (let i = 0; i < 5; i++) admission.enter().catch(() => {})
    await expect(admission.enter()).rejects.toMatchObject({
      status: 503,
      code: 'overloaded',
      headers: { 'retry-after': '1', 'retry-after-ms': '1000' },
    })
  })

  test('refuses who has waited too long', async () => {
    const admission = new Admission({ ...limits, slots: 1, leaseMs: 1e9 })
    await admission.enter()
    const waiting = admission.enter()
    const refused = expect(waiting).rejects.toMatchObject({ status: 503 })
    await tick(10_100)
    await refused
    expect(admission.waiting).toBe(0)
  })

  test('an abort ends the wait', async () => {
    const admission = new Admission({ ...limits, slots: 1 })
    await admission.enter()
    const leave = new AbortController()
    const left = expect(admission.enter(leave.signal)).rejects.toBe('gone')
    leave.abort('gone')
    await tick()
    await left
    expect(admission.waiting).toBe(0)
  })

  test('a generation that shows no life loses its slot, one that does keeps it', async () => {
    const admission = new Admission({ ...limits, patienceMs: 1e9 })
    const alive = await admission.enter()
    await admission.enter() // never renewed, never released
    const waiting = admission.enter()
    for (let i = 0; i < 4; i++) {
      await tick(10_000)
      alive.renew()
    }
    await waiting
    expect(admission.running).toBe(2)
    expect(admission.waiting).toBe(0)
  })

  test('takes another number of slots while requests run and wait', async () => {
    const admission = new Admission(limits)
    const leases = [await admission.enter(), await admission.enter()]
    const waiting = admission.enter()
    admission.resize(3)
    await tick()
    leases.push(await waiting)
    admission.resize(1)
    leases[0]!.release()
    leases[1]!.release()
    const last = admission.enter()
    await tick()
    expect([admission.running, admission.waiting]).toEqual([1, 1])
    leases[2]!.release()
    await tick()
    ;(await last).release()
    expect([admission.running, admission.waiting]).toEqual([0, 0])
  })

  test('releasing twice frees one slot', async () => {
    const admission = new Admission(limits)
    const a = await admission.enter()
    await admission.enter()
    a.release()
    a.release()
    expect(admission.running).toBe(1)
  })
})
