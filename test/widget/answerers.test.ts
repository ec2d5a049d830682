import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Answerers } from '../../widget/chat/answerers.ts'
import { DeviceModel } from '../../widget/chat/device-model.ts'
import { SessionStore } from '../../widget/chat/session-state.ts'
import { type ChatEngine, EngineError } from '../../widget/engine/chat-engine.ts'
import type { DeviceEngine } from '../../widget/engine/device.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const edge = {} as ChatEngine
const unreachable = new EngineError('unreachable')

/** @param missing  bytes of the model that are not on the device */
function start({ missing = 0, held = true, online = true } = {}) {
  const device = {
    size: async () => missing,
    load: async () => null,
    dispose: () => {},
  } as Partial<DeviceEngine> as DeviceEngine
  const state = new SessionStore(null, 'chat', online)
  state.set({ deviceHeld: held })
  const answerers = new Answerers(state, edge, (changed) => new DeviceModel(device, changed))
  return { state, answerers, device }
}

test('the edge answers until the device that was chosen is ready', async () => {
  const { state, answerers, device } = start({ held: false })
  answerers.choose('device')
  expect(answerers.current).toEqual({ place: 'edge', engine: edge })
  await vi.runAllTimersAsync()
  expect(answerers.current).toEqual({ place: 'device', engine: device })
  expect(state.value.deviceHeld).toBe(true)
  answerers.choose('edge')
  expect(answerers.current.place).toBe('edge')
})

test('a lost edge hands over to a device that has the model, and is asked again after a while', async () => {
  const { answerers } = start()
  expect(await answerers.switchFrom('edge', unreachable)).toBe(true)
  expect(answerers.current.place).toBe('device')
  await vi.advanceTimersByTimeAsync(14_900)
  expect(answerers.current.place).toBe('device')
  await vi.advanceTimersByTimeAsync(200)
  expect(answerers.current.place).toBe('edge')
})

test('a network that comes back makes the edge worth asking at once', async () => {
  const { answerers } = start()
  answerers.setOnline(false)
  await answerers.switchFrom('edge', unreachable)
  expect(answerers.current.place).toBe('device')
  answerers.setOnline(true)
  expect(answerers.current.place).toBe('edge')
})

test.each([
  ['that never had the model', { held: false }],
  ['whose model must be downloaded again', { missing: 5 }],
])('a lost edge does not hand over to a device %s', async (_, device) => {
  const { answerers } = start(device)
  expect(await answerers.switchFrom('edge', unreachable)).toBe(false)
  expect(answerers.current.place).toBe('edge')
})

test('an edge that answers with an error is not lost', async () => {
  const { state, answerers } = start()
  expect(await answerers.switchFrom('edge', new EngineError('refused'))).toBe(false)
  expect(state.value.edgeLost).toBe(false)
})

test('a lost device hands over to the edge if the network is there', async () => {
  const { state, answerers } = start()
  answerers.choose('device')
  await vi.runAllTimersAsync()
  expect(await answerers.switchFrom('device', new EngineError('failed', 'out of memory'))).toBe(
    true,
  )
  expect(state.value.device).toMatchObject({ phase: 'failed', message: 'out of memory' })
  answerers.setOnline(false)
  expect(await answerers.switchFrom('device', new EngineError('failed'))).toBe(false)
})

test('who comes back has the device made ready if the model was here', async () => {
  const known = start()
  known.answerers.resume()
  await vi.runAllTimersAsync()
  expect(known.state.value).toMatchObject({ place: 'edge', device: { phase: 'ready' } })

  const stranger = start({ held: false })
  stranger.state.set({ place: 'device' })
  stranger.answerers.resume()
  await vi.runAllTimersAsync()
  expect(stranger.state.value).toMatchObject({ place: 'edge', device: { phase: 'absent' } })
})
