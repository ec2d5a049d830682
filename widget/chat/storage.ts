import type { Turn } from './conversation.ts'

/** What a site remembers of its chat, in its own localStorage. */
export interface Saved {
  turns: Turn[]
  /** Id of the first turn that is still sent to the model. */
  from: number
  draft: string
  place: 'edge' | 'device'
  /** The model was made ready on this device before, so its files should be here. */
  deviceHeld: boolean
}

/** The newest turns kept, so that a long chat never fills the site's storage. */
const MAX_TURNS = 60

export interface TextStore {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
}

/** The page's localStorage; null where it is not allowed (even looking at it may throw). */
export function localStore(): TextStore | null {
  try {
    return (globalThis as { localStorage?: TextStore }).localStorage ?? null
  } catch {
    return null
  }
}

/** Reads what was saved; anything that does not look like it counts as nothing. */
export function load(store: TextStore | null, key: string): Partial<Saved> {
  try {
    const saved = JSON.parse(store?.getItem(key) ?? '{}') as Partial<Saved>
    const turns = Array.isArray(saved.turns) ? saved.turns.filter(isTurn) : []
    return {
      // What was still streaming when the page went away was never finished.
      turns: turns
        .filter((turn) => turn.text !== '')
        .map((turn) =>
          turn.status === 'waiting' || turn.status === 'streaming'
            ? { ...turn, status: 'stopped' }
            : turn,
        ),
      from: Number(saved.from) || 0,
      draft: typeof saved.draft === 'string' ? saved.draft : '',
      place: saved.place === 'device' ? 'device' : 'edge',
      deviceHeld: saved.deviceHeld === true,
    }
  } catch {
    return {}
  }
}

/** Saves; a full or forbidden storage is no reason to disturb the chat. */
export function save(store: TextStore | null, key: string, saved: Saved): void {
  try {
    store?.setItem(key, JSON.stringify({ ...saved, turns: saved.turns.slice(-MAX_TURNS) }))
  } catch {
    // The chat lives on in memory.
  }
}

function isTurn(value: unknown): value is Turn {
  const turn = value as Partial<Turn> | null
  return (
    typeof turn?.id === 'number' &&
    typeof turn.text === 'string' &&
    typeof turn.status === 'string' &&
    (turn.role === 'user' || turn.role === 'assistant')
  )
}
