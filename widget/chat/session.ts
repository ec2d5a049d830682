import type { ReplyOptions } from '../engine/chat-engine.ts'
import { answer } from './answer.ts'
import type { Answerers } from './answerers.ts'
import { dropOldestExchange, requestMessages } from './conversation.ts'
import type { SessionStore } from './session-state.ts'
import { nextId, withAnswer, withOutcome, withQuestion } from './turns.ts'

export interface SessionSettings {
  model: string
  system: string
  temperature: number
  maxTokens: number | null
  decoding: Readonly<Record<string, unknown>>
}

/** One visitor's chat: what is asked, and what becomes of it. It knows nothing of any page. */
export class ChatSession {
  readonly state: SessionStore
  readonly answerers: Answerers
  settings: SessionSettings
  #answering: AbortController | null = null

  constructor(state: SessionStore, answerers: Answerers, settings: SessionSettings) {
    this.state = state
    this.answerers = answerers
    this.settings = settings
  }

  get busy(): boolean {
    return this.#answering !== null
  }

  setDraft(draft: string): void {
    this.state.keep({ draft })
  }

  /** Asks a question. While an answer streams nothing happens: the draft waits. */
  send(text: string): void {
    const question = text.trim()
    if (!question || this.busy) return
    const { turns } = this.state.value
    // A question that never got through is replaced by the next one, which mends or repeats it.
    const kept = turns.at(-1)?.role === 'user' ? turns.slice(0, -1) : turns
    const id = nextId(turns)
    this.state.keep({ turns: withQuestion(kept, id, question), draft: '' })
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
    const id = nextId(turns)
    this.state.keep({
      turns: withQuestion(turns.slice(0, turns.indexOf(question)), id, question.text),
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
    this.state.keep({ turns: [], from: 0, cardAfter: 0, wait: 0 })
  }

  /** Frees the model; the turns stay. */
  sleep(): void {
    this.stop()
    this.answerers.device.dispose()
  }

  async #answer(question: number, variation: number): Promise<void> {
    const abort = new AbortController()
    this.#answering = abort
    const { state, answerers } = this
    const task = {
      engine: () => answerers.current,
      messages: () => {
        const { turns, from } = state.value
        return requestMessages(turns, question, from, this.settings.system)
      },
      options: this.#options(variation),
      onText: (text: string) => {
        state.set({ turns: withAnswer(state.value.turns, { text, status: 'streaming' }) })
      },
      makeRoom: () => this.#makeRoom(question),
      switchFrom: answerers.switchFrom.bind(answerers),
    }
    const outcome = await answer(task, abort.signal)
    // The chat was cleared meanwhile: there is no turn left to mark.
    if (this.#answering !== abort) return
    this.#answering = null
    const { draft, online } = state.value
    const { turns, givenBack } = withOutcome(state.value.turns, question, outcome, online)
    state.keep({ turns, wait: 0, draft: draft || (givenBack ?? '') })
  }

  #makeRoom(question: number): boolean {
    const { turns, from } = this.state.value
    const next = dropOldestExchange(turns, question, from)
    if (next !== null) this.state.keep({ from: next })
    return next !== null
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
}
