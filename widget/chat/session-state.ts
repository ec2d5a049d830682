import type { Place } from './answer.ts'
import type { Turn } from './conversation.ts'
import type { DeviceState } from './device-model.ts'
import { load, save, type TextStore } from './storage.ts'
import { Store } from './store.ts'

export interface SessionState {
  turns: Turn[]
  /** Id of the first turn still sent to the model. */
  from: number
  draft: string
  /** Where the visitor wants the answers made. */
  place: Place
  device: DeviceState
  deviceHeld: boolean
  /** The turn after which the download's card stands. */
  cardAfter: number
  online: boolean
  /** The edge did not answer lately, whatever the browser says of the network. */
  edgeLost: boolean
  /** Seconds a busy edge is being waited for; 0 if it is not. */
  wait: number
}

/** Who would answer now. */
export function answersOn({ place, device, online, edgeLost }: SessionState): Place {
  const useDevice = place === 'device' || !online || edgeLost
  return useDevice && device.phase === 'ready' ? 'device' : 'edge'
}

/** All that one chat knows; some of it outlives the page. */
export class SessionStore extends Store<SessionState> {
  readonly #storage: TextStore | null
  readonly #key: string

  /** Goes on from what is stored under the key. */
  constructor(storage: TextStore | null, key: string, online: boolean) {
    const saved = load(storage, key)
    super({
      turns: saved.turns ?? [],
      from: saved.from ?? 0,
      draft: saved.draft ?? '',
      place: saved.place ?? 'edge',
      deviceHeld: saved.deviceHeld ?? false,
      device: { phase: 'absent' },
      cardAfter: saved.turns?.at(-1)?.id ?? 0,
      online,
      edgeLost: false,
      wait: 0,
    })
    this.#storage = storage
    this.#key = key
  }

  /** Changes what is worth keeping, and keeps it. */
  keep(change: Partial<SessionState>): void {
    this.set(change)
    this.save()
  }

  save(): void {
    const { turns, from, draft, place, deviceHeld } = this.value
    save(this.#storage, this.#key, { turns, from, draft, place, deviceHeld })
  }
}
