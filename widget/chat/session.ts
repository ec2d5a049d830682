import { type ChatEngine, EngineError, type ReplyOptions } from '../engine/chat-engine.ts'
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
/** An answer cut by the full context this early, in tokens, gets more room by leaving out the oldest exchange. */
const CRAMPED = 24
/** How often one question may go from the edge to the device or back. */
const MAX_SWITCHES = 3

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
    const answered = turns.at(-1)!.role === 'assistant' && turns.at(-1)!.status !== 'failed'
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

  /** Makes the device ready again if it is the chosen one and nothing needs to be downloaded for it. */
  resume(): void {
    const { place, device, deviceHeld } = this.state.value
    if (place !== 'device' || device.phase !== 'absent') return
    if (!deviceHeld) this.#set({ place: 'edge' })
    else void this.device.prepare()
  }

  async #answer(question: number, variation: number): Promise<void> {
    const abort = new AbortController()
    this.#answering = abort
    const { signal } = abort
    for (let switches = 0; ; ) {
      const on = this.answersOn
      const engine = on === 'device' ? this.device.engine : this.#parts.edge
      let text = ''
      try {
        const { turns, from } = this.state.value
        const messages = requestMessages(turns, question, from, this.settings.system)
        for await (const event of engine.reply(messages, this.#options(variation), signal)) {
          if (signal.aborted) break
          if (event.type === 'text') {
            text += event.text
            this.#answerTurn({ text, status: 'streaming' })
            continue
          }
          const cramped =
            event.finish_reason === 'length' && (event.completionTokens ?? 99) < CRAMPED
          if (cramped && this.settings.maxTokens === null) {
            throw new EngineError('context_length_exceeded')
          }
          this.#end(abort, text, event.finish_reason === 'length' ? 'cut_short' : null)
          return
        }
        signal.throwIfAborted()
        throw new EngineError('broken_off')
      } catch (error) {
        if (signal.aborted) return this.#stopped(abort, text)
        if (this.#makeRoom(error, question)) continue
        if (text === '' && switches++ < MAX_SWITCHES && (await this.#switch(error, on, signal)))
          continue
        if (signal.aborted) return this.#stopped(abort, text)
        return this.#fail(abort, question, text, problemOf(error, this.state.value.online))
      }
    }
  }

  /** If the conversation is too long, leaves out its oldest exchange. @returns whether there was one to leave out */
  #makeRoom(error: unknown, question: number): boolean {
    if (!(error instanceof EngineError) || error.code !== 'context_length_exceeded') return false
    const { turns, from } = this.state.value
    const next = dropOldestExchange(turns, question, from)
    if (next !== null) this.#set({ from: next })
    return next !== null
  }

  /** If one engine is lost, lets the other answer. @returns whether the other can be asked */
  async #switch(error: unknown, from: 'edge' | 'device', signal: AbortSignal): Promise<boolean> {
    const known = error instanceof EngineError ? error : new EngineError('failed')
    if (known.code === 'context_length_exceeded') return false
    if (from === 'device') {
      this.device.lose(known.message)
      return this.state.value.online
    }
    if (known.code !== 'unreachable') return false
    this.#loseEdge()
    if (this.state.value.device.phase === 'ready') return true
    return this.state.value.deviceHeld && (await this.device.wake()) && !signal.aborted
  }

  #loseEdge(): void {
    this.state.set({ edgeLost: true })
    clearTimeout(this.#edgeLostTimer)
    this.#edgeLostTimer = setTimeout(() => this.state.set({ edgeLost: false }), EDGE_LOST_FOR)
  }

  #options(variation: number): ReplyOptions {
    const { model, temperature, maxTokens } = this.settings
    return {
      model,
      // Greedy again would be the same answer again.
      temperature: variation ? Math.max(temperature, 0.7) : temperature,
      maxTokens,
      seed: variation || null,
      onWait: (wait) => this.state.set({ wait }),
    }
  }

  #answerTurn(change: Partial<Turn>): void {
    const { turns } = this.state.value
    this.state.set({ turns: [...turns.slice(0, -1), { ...turns.at(-1)!, ...change }] })
  }

  #end(abort: AbortController, text: string, problem: Problem['code'] | null): void {
    if (text.trim() === '') {
      this.#answerTurn({ text: '', status: 'failed', problem: { code: 'empty', detail: '' } })
    } else {
      const note = problem && { problem: { code: problem, detail: '' } }
      this.#answerTurn({ text, status: 'done', ...note })
      if (this.answersOn === 'edge') this.state.set({ edgeLost: false })
    }
    this.#finish(abort)
  }

  #stopped(abort: AbortController, text: string): void {
    // A cleared chat has no turn left to mark.
    if (this.#answering !== abort) return
    this.#answerTurn({ text, status: 'stopped' })
    this.#finish(abort)
  }

  #fail(abort: AbortController, question: number, text: string, problem: Problem): void {
    if (this.#answering !== abort) return
    if (text) this.#answerTurn({ text, status: 'failed', problem })
    else {
      // No word came: the question itself is marked, and its text goes back to where it can be mended.
      const { turns, draft } = this.state.value
      const asked = turns.find((turn) => turn.id === question)!
      this.#set({
        turns: [
          ...turns.filter((turn) => turn.id < question),
          { ...asked, status: 'failed', problem },
        ],
        draft: draft || asked.text,
      })
    }
    this.#finish(abort)
  }

  #finish(abort: AbortController): void {
    if (this.#answering === abort) this.#answering = null
    this.#set({ wait: 0 })
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

function problemOf(error: unknown, online: boolean): Problem {
  const { code, message } = error instanceof EngineError ? error : new EngineError('failed')
  if (code === 'context_length_exceeded') return { code: 'too_long', detail: '' }
  if (code === 'unreachable' && !online) return { code: 'offline', detail: '' }
  return { code, detail: message }
}
