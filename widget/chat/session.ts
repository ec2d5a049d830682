import type { ChatEngine, EngineError, ReplyOptions } from '../engine/chat-engine.ts'
import { answer, type Outcome, type Place } from './answer.ts'
import { dropOldestExchange, type Problem, requestMessages, type Turn } from './conversation.ts'
import type { DeviceModel, DeviceState } from './device-model.ts'
import { load, type Saved, save, type TextStore } from './storage.ts'
import { Store } from './store.ts'

export interface SessionState {
  turns: Turn[]
  /** Id of the first turn still sent to the model. */
  from: number
  draft: string
  /** Where the visitor wants the answers made. */
  place: 'edge' | 'device'
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

export interface SessionSettings {
  model: string
  system: string
  temperature: number
  maxTokens: number | null
  decoding: Readonly<Record<string, unknown>>
}

export interface SessionParts {
  key: string
  settings: SessionSettings
  edge: ChatEngine
  createDevice: (changed: (state: DeviceState) => void) => DeviceModel
  store: TextStore | null
  online: boolean
}

/** For so long, in ms, a lost edge is not asked first if the device can answer. */
const EDGE_LOST_FOR = 15_000
/** One visitor's chat: the turns, who answers them, and what happens when one can't. It knows nothing of any page. */
export class ChatSession {
  readonly state: Store<SessionState>
  settings: SessionSettings
  readonly device: DeviceModel
  readonly #parts: SessionParts
  #answering: AbortController | null = null
  #edgeLostTimer: ReturnType<typeof setTimeout> | undefined

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.settings = parts.settings
    const saved = load(parts.store, parts.key)
    this.state = new Store<SessionState>({
      turns: saved.turns ?? [],
      from: saved.from ?? 0,
      draft: saved.draft ?? '',
      place: saved.place ?? 'edge',
      deviceHeld: saved.deviceHeld ?? false,
      device: { phase: 'absent' },
      cardAfter: saved.turns?.at(-1)?.id ?? 0,
      online: parts.online,
      edgeLost: false,
      wait: 0,
    })
    this.device = parts.createDevice((device) => {
      this.state.set({ device })
      if (device.phase === 'ready') this.#set({ deviceHeld: true })
    })
  }

  get busy(): boolean {
    return this.#answering !== null
  }

  /** Who would answer now. */
  get answersOn(): 'edge' | 'device' {
    const { place, device, online, edgeLost } = this.state.value
    const useDevice = place === 'device' || !online || edgeLost
    return useDevice && device.phase === 'ready' ? 'device' : 'edge'
  }

  setDraft(draft: string): void {
    this.#set({ draft })
  }

  setOnline(online: boolean): void {
    this.state.set(online ? { online, edgeLost: false } : { online })
  }

  /** Asks a question. While an answer streams nothing happens: the draft waits. */
  send(text: string): void {
    const question = text.trim()
    if (!question || this.busy) return
    const { turns } = this.state.value
    // A question that never got through is replaced by the next one, which mends or repeats it.
    const kept = turns.at(-1)?.role === 'user' ? turns.slice(0, -1) : turns
    const id = (turns.at(-1)?.id ?? 0) + 1
    this.#set({
      turns: [
        ...kept,
        { id, role: 'user', text: question, status: 'done' },
        { id: id + 1, role: 'assistant', text: '', status: 'waiting' },
      ],
      draft: '',
    })
    this.#answer(id, 0)
  }

  /** Tries the last question again: the same way if it failed, with a little chance if it was answered. */
  retry(): void {
    if (this.busy) return
    const { turns, draft } = this.state.value
    const question = turns.findLast((turn) => turn.role === 'user')
    if (!question) return
    const { role, status, text } = turns.at(-1)!
    const answered = role === 'assistant' && status !== 'failed' && text !== ''
    const id = turns.at(-1)!.id + 1
    this.#set({
      turns: [
        ...turns.slice(0, turns.indexOf(question)),
        { id, role: 'user', text: question.text, status: 'done' },
        { id: id + 1, role: 'assistant', text: '', status: 'waiting' },
      ],
      draft: draft === question.text ? '' : draft,
    })
    this.#answer(id, answered ? id : 0)
  }

  stop(): void {
    this.#answering?.abort()
  }

  clear(): void {
    this.stop()
    this.#answering = null
    this.#set({ turns: [], from: 0, cardAfter: 0, wait: 0 })
  }

  /** Chooses who shall answer. The edge goes on answering until the device can. */
  choosePlace(place: 'edge' | 'device'): void {
    this.#set({ place, cardAfter: this.state.value.turns.at(-1)?.id ?? 0 })
    if (place === 'device') void this.device.prepare()
    else if (this.state.value.device.phase !== 'ready') this.device.cancel()
  }

  /** Frees the model; the turns stay. */
  sleep(): void {
    this.stop()
    this.device.dispose()
  }

  /**
   * Makes the device ready again for a visitor who once brought the model here: at once if it is chosen, and also if it is
   * not, since a network that goes away takes with it what would have to be loaded then.
   */
  resume(): void {
    const { place, device, deviceHeld } = this.state.value
    if (device.phase !== 'absent') return
    if (!deviceHeld) this.#set({ place: 'edge' })
    else if (place === 'device') void this.device.prepare()
    else void this.device.wake()
  }

  async #answer(question: number, variation: number): Promise<void> {
    const abort = new AbortController()
    this.#answering = abort
    const task = {
      engine: () => {
        const place = this.answersOn
        return { place, engine: place === 'device' ? this.device.engine : this.#parts.edge }
      },
      messages: () => {
        const { turns, from } = this.state.value
        return requestMessages(turns, question, from, this.settings.system)
      },
      options: this.#options(variation),
      onText: (text: string) => this.#changeAnswer({ text, status: 'streaming' }),
      makeRoom: () => this.#makeRoom(question),
      switchFrom: (place: Place, error: EngineError) => this.#switchFrom(place, error),
    }
    const outcome = await answer(task, abort.signal)
    // The chat was cleared meanwhile: there is no turn left to mark.
    if (this.#answering !== abort) return
    this.#answering = null
    this.#record(outcome, question)
    this.#set({ wait: 0 })
  }

  #makeRoom(question: number): boolean {
    const { turns, from } = this.state.value
    const next = dropOldestExchange(turns, question, from)
    if (next !== null) this.#set({ from: next })
    return next !== null
  }

  async #switchFrom(place: Place, error: EngineError): Promise<boolean> {
    if (place === 'device') {
      this.device.lose(error.message)
      return this.state.value.online
    }
    if (error.code !== 'unreachable') return false
    this.#loseEdge()
    if (this.state.value.device.phase === 'ready') return true
    return this.state.value.deviceHeld && (await this.device.wake())
  }

  #loseEdge(): void {
    this.state.set({ edgeLost: true })
    clearTimeout(this.#edgeLostTimer)
    this.#edgeLostTimer = setTimeout(() => this.state.set({ edgeLost: false }), EDGE_LOST_FOR)
  }

  #options(variation: number): ReplyOptions {
    const { model, temperature, maxTokens, decoding } = this.settings
    return {
      model,
      // Greedy again would be the same answer again.
      temperature: variation ? Math.max(temperature, 0.7) : temperature,
      maxTokens,
      seed: variation || null,
      // Another answer is drawn, whatever the first was made by.
      decoding: variation ? {} : decoding,
      onWait: (wait) => this.state.set({ wait }),
    }
  }

  #changeAnswer(change: Partial<Turn>): void {
    const { turns } = this.state.value
    this.state.set({ turns: [...turns.slice(0, -1), { ...turns.at(-1)!, ...change }] })
  }

  /** Writes down how a question ended. */
  #record(outcome: Outcome, question: number): void {
    const { text } = outcome
    if (outcome.kind === 'stopped') {
      this.#changeAnswer({ text, status: 'stopped' })
    } else if (outcome.kind === 'done') {
      const cut = outcome.finishReason === 'length' && { problem: failed('cut_short').problem }
      const said = text.trim() !== ''
      this.#changeAnswer(said ? { text, status: 'done', ...cut } : { text: '', ...failed('empty') })
    } else {
      const failure = failed(...problemOf(outcome.error, this.state.value.online))
      if (text) this.#changeAnswer({ text, ...failure })
      else this.#giveBack(question, failure)
    }
  }

  /** No word came: the question itself is marked, and its text goes back to where it can be mended. */
  #giveBack(question: number, failure: Pick<Turn, 'status' | 'problem'>): void {
    const { turns, draft } = this.state.value
    const asked = turns.find((turn) => turn.id === question)!
    const before = turns.filter((turn) => turn.id < question)
    this.state.set({ turns: [...before, { ...asked, ...failure }], draft: draft || asked.text })
  }

  /** Changes what is worth keeping, and keeps it. */
  #set(change: Partial<SessionState>): void {
    this.state.set(change)
    this.save()
  }

  save(): void {
    const { turns, from, draft, place, deviceHeld } = this.state.value
    save(this.#parts.store, this.#parts.key, {
      turns,
      from,
      draft,
      place,
      deviceHeld,
    } satisfies Saved)
  }
}

function failed(code: Problem['code'], detail = '') {
  return { status: 'failed' as const, problem: { code, detail } }
}

function problemOf({ code, message }: EngineError, online: boolean): [Problem['code'], string] {
  if (code === 'context_length_exceeded') return ['too_long', '']
  if (code === 'unreachable' && !online) return ['offline', '']
  return [code, message]
}
