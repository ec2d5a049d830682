import { Component } from 'preact'
import { useState } from 'preact/hooks'
import type { Turn } from '../chat/conversation.ts'
import { Markdown } from '../markdown/markdown.tsx'
import { copyText } from './clipboard.ts'
import type { Words } from './words.ts'

interface TurnProps {
  turn: Turn
  last: boolean
  name: string
  words: Words
  onRetry: () => void
}

/** One bubble with what can be done about it underneath. While an answer streams, the others are left alone. */
export class TurnView extends Component<TurnProps> {
  override shouldComponentUpdate(next: TurnProps): boolean {
    const { turn, last, name, words } = this.props
    return next.turn !== turn || next.last !== last || next.name !== name || next.words !== words
  }

  override render({ turn, last, name, words, onRetry }: TurnProps) {
    const mine = turn.role === 'user'
    const growing = turn.status === 'waiting' || turn.status === 'streaming'
    const problem = turn.problem && describe(turn.problem, words)
    return (
      // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form controls
      <div class={`turn ${mine ? 'mine' : ''}`} role="group" aria-label={mine ? words.you : name}>
        {(turn.text || growing) && (
          <div class={`bubble ${turn.status === 'failed' && mine ? 'unsent' : ''}`}>
            {mine ? (
              <p dir="auto">{turn.text}</p>
            ) : (
              <Markdown text={turn.text} tail={growing ? <span class="caret" /> : undefined} />
            )}
          </div>
        )}
        {problem && <p class="problem small">{problem}</p>}
        {turn.status === 'stopped' && <p class="small">{words.stopped}</p>}
        {!growing && (!mine || turn.status === 'failed') && (
          <div class={`actions small ${last ? '' : 'past'}`}>
            {!mine && turn.text && <CopyButton text={turn.text} words={words} />}
            {last && (
              <button type="button" class="quiet" onClick={onRetry}>
                {words.tryAgain}
              </button>
            )}
          </div>
        )}
      </div>
    )
  }
}

function CopyButton({ text, words }: { text: string; words: Words }) {
  const [copied, setCopied] = useState(false)
  async function copy() {
    if (!(await copyText(text))) return
    setCopied(true)
    setTimeout(() => setCopied(false), 2000)
  }
  return (
    <button type="button" class="quiet" onClick={copy}>
      {copied ? words.copied : words.copy}
    </button>
  )
}

/** What went wrong in the panel's words, and the edge's own where it gave some. */
export function describe(problem: NonNullable<Turn['problem']>, words: Words): string {
  const text = words.problems[problem.code]
  return problem.detail ? `${text} ${problem.detail}` : text
}
