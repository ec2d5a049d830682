import { EngineError } from '../engine/chat-engine.ts'
import type { DeviceEngine } from '../engine/device.ts'
import { TransferRate } from '../engine/transfer-rate.ts'

/** How far the model on this device is. `bytes`, `loaded` and `total` count bytes. */
export type DeviceState =
  | { phase: 'absent' }
  | { phase: 'measuring' }
  /** The visitor is asked before the first download. */
  | { phase: 'asking'; bytes: number }
  | { phase: 'downloading'; loaded: number; total: number; secondsLeft: number | null }
  | { phase: 'paused'; loaded: number; total: number }
  | { phase: 'preparing' }
  | { phase: 'ready'; note: string | null }
  | { phase: 'failed'; message: string; unreachable: boolean }

/** Brings the model onto the device: asks, downloads, pauses, goes on, and says how far it is. */
export class DeviceModel {
  readonly engine: DeviceEngine
  readonly #changed: (state: DeviceState) => void
  #state: DeviceState = { phase: 'absent' }
  #abort: AbortController | null = null

  constructor(engine: DeviceEngine, changed: (state: DeviceState) => void) {
    this.engine = engine
    this.#changed = changed
  }

  get state(): DeviceState {
    return this.#state
  }

  /** Looks what a download would cost and asks for it; what is here already is made ready without a question. */
  async prepare(): Promise<void> {
    if (!['absent', 'failed'].includes(this.#state.phase)) return
    const signal = this.#begin({ phase: 'measuring' })
    try {
      const bytes = await this.engine.size(signal)
      if (signal.aborted) return
      if (bytes > 0) this.#set({ phase: 'asking', bytes })
      else await this.#load(signal, { phase: 'preparing' })
    } catch (error) {
      this.#fail(error, signal)
    }
  }

  /** Makes the model ready if all of it is here. For when the network is gone and nobody can be asked. */
  async wake(): Promise<boolean> {
    await this.prepare()
    if (this.#state.phase === 'asking') this.cancel()
    return this.#state.phase === 'ready'
  }

  /** Starts the download, or goes on with a paused one. */
  async download(): Promise<void> {
    const state = this.#state
    const { loaded, total } =
      state.phase === 'paused'
        ? state
        : { loaded: 0, total: state.phase === 'asking' ? state.bytes : 0 }
    const begin: DeviceState = { phase: 'downloading', loaded, total, secondsLeft: null }
    const signal = this.#begin(begin)
    await this.#load(signal, begin).catch((error) => this.#fail(error, signal))
  }

  pause(): void {
    if (this.#state.phase !== 'downloading') return
    const { loaded, total } = this.#state
    this.#abort?.abort()
    this.#set({ phase: 'paused', loaded, total })
  }

  cancel(): void {
    this.#abort?.abort()
    this.#set({ phase: 'absent' })
  }

  /** Gives the memory back. */
  dispose(): void {
    this.cancel()
    this.engine.dispose()
  }

  /** The model stopped working. */
  lose(message: string): void {
    this.engine.dispose()
    this.#set({ phase: 'failed', message, unreachable: false })
  }

  async #load(signal: AbortSignal, begin: DeviceState): Promise<void> {
    const rate = new TransferRate()
    this.#set(begin)
    const note = await this.engine.load((loaded, total) => {
      if (signal.aborted) return
      rate.sample(loaded, performance.now())
      if (loaded >= total) this.#set({ phase: 'preparing' })
      else if (begin.phase === 'downloading') {
        const secondsLeft = rate.secondsFor(total - loaded)
        this.#set({ phase: 'downloading', loaded, total, secondsLeft })
      }
    }, signal)
    if (!signal.aborted) this.#set({ phase: 'ready', note })
  }

  #begin(state: DeviceState): AbortSignal {
    this.#abort?.abort()
    this.#abort = new AbortController()
    this.#set(state)
    return this.#abort.signal
  }

  #fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return
    const known = error instanceof EngineError ? error : null
    this.#set({
      phase: 'failed',
      message: known?.message ?? '',
      unreachable: known?.code === 'unreachable',
    })
  }

  #set(state: DeviceState): void {
    this.#state = state
    this.#changed(state)
  }
}
