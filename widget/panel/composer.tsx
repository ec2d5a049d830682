import type { RefObject } from 'preact'
import { useLayoutEffect } from 'preact/hooks'
import { SendIcon, StopIcon } from './icons.tsx'
import type { Words } from './words.ts'

interface ComposerProps {
  draft: string
  busy: boolean
  words: Words
  input: RefObject<HTMLTextAreaElement | null>
  onDraft: (text: string) => void
  onSend: () => void
  onStop: () => void
}

/** The box to write in. Enter sends, Shift+Enter breaks the line; while an answer streams Send is Stop. */
export function Composer({ draft, busy, words, input, onDraft, onSend, onStop }: ComposerProps) {
  // As tall as its text: by the browser itself where it can, else measured whenever the panel is to be seen.
  useLayoutEffect(() => {
    const box = input.current!
    if (CSS.supports('field-sizing', 'content') || box.clientWidth === 0) return
    box.style.height = 'auto'
    box.style.height = `${box.scrollHeight}px`
  })

  function keydown(event: KeyboardEvent) {
    // 229: the key belongs to an input method, also in browsers that end the composition before they tell of Enter.
    const composing = event.isComposing || event.keyCode === 229
    if (event.key !== 'Enter' || event.shiftKey || composing) return
    event.preventDefault()
    if (!busy) onSend()
  }

  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        if (!busy) onSend()
      }}
    >
      <textarea
        ref={input}
        rows={1}
        dir="auto"
        value={draft}
        aria-label={words.message}
        placeholder={words.placeholder}
        enterkeyhint="send"
        autocomplete="off"
        onInput={(event) => onDraft(event.currentTarget.value)}
        onKeyDown={keydown}
      />
      {busy ? (
        <button
          type="button"
          class="round"
          aria-label={words.stop}
          title={words.stop}
          onClick={onStop}
        >
          <StopIcon />
        </button>
      ) : (
        <button
          type="submit"
          class="round"
          aria-label={words.send}
          title={words.send}
          disabled={draft.trim() === ''}
        >
          <SendIcon />
        </button>
      )}
    </form>
  )
}
