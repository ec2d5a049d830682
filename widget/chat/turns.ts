import type { EngineError } from '../engine/chat-engine.ts'
import type { Outcome } from './answer.ts'
import type { Problem, Turn } from './conversation.ts'

/** Id of the turn that would come next. */
export function nextId(turns: readonly Turn[]): number {
  return (turns.at(-1)?.id ?? 0) + 1
}

/** A question with this id, and the answer that is waited for, after the turns before them. */
export function withQuestion(before: readonly Turn[], id: number, text: string): Turn[] {
  return [
    ...before,
    { id, role: 'user', text, status: 'done' },
    { id: id + 1, role: 'assistant', text: '', status: 'waiting' },
  ]
}

/** The answer, which is the last turn, changed. */
export function withAnswer(turns: readonly Turn[], change: Partial<Turn>): Turn[] {
  return [...turns.slice(0, -1), { ...turns.at(-1)!, ...change }]
}

/**
 * How a question ended, written down.
 *
 * @param question  its id
 * @param online    whether the network is there, as far as the browser knows
 * @returns `givenBack`: the question's text if no word came; then the question itself is marked, and its text goes back to
 *          where it can be mended. Else null
 */
export function withOutcome(
  turns: readonly Turn[],
  question: number,
  outcome: Outcome,
  online: boolean,
): { turns: Turn[]; givenBack: string | null } {
  const { text } = outcome
  if (outcome.kind === 'failed') {
    const failure = failed(...problemOf(outcome.error, online))
    if (text) return { turns: withAnswer(turns, { text, ...failure }), givenBack: null }
    const asked = turns.find((turn) => turn.id === question)!
    const before = turns.filter((turn) => turn.id < question)
    return { turns: [...before, { ...asked, ...failure }], givenBack: asked.text }
  }
  return { turns: withAnswer(turns, endOf(outcome)), givenBack: null }
}

function endOf(outcome: Exclude<Outcome, { kind: 'failed' }>): Partial<Turn> {
  const { text } = outcome
  if (outcome.kind === 'stopped') return { text, status: 'stopped' }
  if (text.trim() === '') return { text: '', ...failed('empty') }
  const cut = outcome.finishReason === 'length' && { problem: failed('cut_short').problem }
  return { text, status: 'done', ...cut }
}

function failed(code: Problem['code'], detail = '') {
  return { status: 'failed' as const, problem: { code, detail } }
}

function problemOf({ code, message }: EngineError, online: boolean): [Problem['code'], string] {
  if (code === 'context_length_exceeded') return ['too_long', '']
  if (code === 'unreachable' && !online) return ['offline', '']
  return [code, message]
}
