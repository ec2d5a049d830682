import type { ChatEngine, EngineError } from '../engine/chat-engine.ts'
import type { Place } from './answer.ts'
import type { DeviceModel, DeviceState } from './device-model.ts'
import { answersOn, type SessionStore } from './session-state.ts'

/** For so long, in ms, a lost edge is not asked first if the device can answer. */
const EDGE_LOST_FOR = 15_000

/** The two that can answer, the edge and the device: which of them is asked, and what happens when one is lost. */
export class Answerers {
  readonly device: DeviceModel
  readonly #edge: ChatEngine
  readonly #state: SessionStore
  #edgeLostTimer: ReturnType<typeof setTimeout> | undefined

  constructor(
    state: SessionStore,
    edge: ChatEngine,
    createDevice: (changed: (state: DeviceState) => void) => DeviceModel,
  ) {
    this.#state = state
    this.#edge = edge
    this.device = createDevice((device) => {
      state.set({ device })
      if (device.phase === 'ready') state.keep({ deviceHeld: true })
    })
  }

  /** Who would answer now. */
  get current(): { place: Place; engine: ChatEngine } {
    const place = answersOn(this.#state.value)
    return { place, engine: place === 'device' ? this.device.engine : this.#edge }
  }

  setOnline(online: boolean): void {
    this.#state.set(online ? { online, edgeLost: false } : { online })
  }

  /** Chooses who shall answer. The edge goes on answering until the device can. */
  choose(place: Place): void {
    const { turns, device } = this.#state.value
    this.#state.keep({ place, cardAfter: turns.at(-1)?.id ?? 0 })
    if (place === 'device') void this.device.prepare()
    else if (device.phase !== 'ready') this.device.cancel()
  }

  /**
   * Makes the device ready again for a visitor who once brought the model here: at once if it is chosen, and also if it is
   * not, since a network that goes away takes with it what would have to be loaded then.
   */
  resume(): void {
    const { place, device, deviceHeld } = this.#state.value
    if (device.phase !== 'absent') return
    if (!deviceHeld) this.#state.keep({ place: 'edge' })
    else if (place === 'device') void this.device.prepare()
    else void this.device.wake()
  }

  /** The engine at `place` is lost. @returns whether the other one can be asked */
  async switchFrom(place: Place, error: EngineError): Promise<boolean> {
    if (place === 'device') {
      this.device.lose(error.message)
      return this.#state.value.online
    }
    if (error.code !== 'unreachable') return false
    this.#loseEdge()
    const { device, deviceHeld } = this.#state.value
    return device.phase === 'ready' || (deviceHeld && (await this.device.wake()))
  }

  #loseEdge(): void {
    this.#state.set({ edgeLost: true })
    clearTimeout(this.#edgeLostTimer)
    this.#edgeLostTimer = setTimeout(() => this.#state.set({ edgeLost: false }), EDGE_LOST_FOR)
  }
}
