import {
  type ChatEngine,
  EngineError,
  type Message,
  type ReplyOptions,
} from '../engine/chat-engine.ts'

export type Place = 'edge' | 'device'

/** One question on its way to an answer: what the attempts need to know, and what they may do when one fails. */
export interface Task {
  /** Who would answer now. */
  engine(): { place: Place; engine: ChatEngine }
  /** What is asked now; shorter after `makeRoom`. */
  messages(): Message[]
  options: ReplyOptions
  /** All of the answer so far; may begin anew with a later attempt. */
  onText(text: string): void
  /** Leaves out the oldest exchange. @returns false if there is none to leave out */
  makeRoom(): boolean
  /** The engine at `place` is lost. @returns whether the other one can be asked */
  switchFrom(place: Place, error: EngineError): Promise<boolean>
}

export type Outcome = { text: string } & (
  | { kind: 'done'; finishReason: string }
  | { kind: 'stopped' }
  | { kind: 'failed'; error: EngineError }
)

/** An answer cut by the full context this early, in tokens, gets more room by leaving out the oldest exchange. */
const CRAMPED = 24
/** How often one question may go from the edge to the device or back. */
const MAX_SWITCHES = 3

/** Asks until there is an answer, or nothing more can be done. An abort ends it as `stopped`, with what had come. */
export async function answer(task: Task, signal: AbortSignal): Promise<Outcome> {
  const aborted = new Promise<false>((resolve) => {
    signal.addEventListener('abort', () => resolve(false), { once: true })
  })
  for (let switches = 0; ; ) {
    const { place, engine } = task.engine()
    let text = ''
    let again = false
    try {
      for await (const event of engine.reply(task.messages(), task.options, signal)) {
        signal.throwIfAborted()
        if (event.type === 'text') {
          text += event.text
          task.onText(text)
          continue
        }
        const { finish_reason: finishReason, completionTokens } = event
        const cramped =
          finishReason === 'length' &&
          task.options.maxTokens === null &&
          (completionTokens ?? CRAMPED) < CRAMPED
        again = cramped && task.makeRoom()
        if (again) break
        return { kind: 'done', text, finishReason }
      }
    } catch (thrown) {
      if (signal.aborted) return { kind: 'stopped', text }
      const error = thrown instanceof EngineError ? thrown : new EngineError('failed')
      if (error.code === 'context_length_exceeded') {
        if (task.makeRoom()) continue
      } else if (text === '' && switches++ < MAX_SWITCHES) {
        if (await Promise.race([task.switchFrom(place, error), aborted])) continue
        if (signal.aborted) return { kind: 'stopped', text }
      }
      return { kind: 'failed', text, error }
    }
    if (signal.aborted) return { kind: 'stopped', text }
    if (!again) return { kind: 'failed', text, error: new EngineError('broken_off') }
  }
}
