import { useEffect, useReducer, useRef } from 'preact/hooks'
import type { Turn } from '../chat/conversation.ts'
import type { ChatSession } from '../chat/session.ts'
import type { Settings } from '../settings.ts'
import { Announcer } from './announcer.tsx'
import { Composer } from './composer.tsx'
import { DownloadCard, deviceNews } from './download-card.tsx'
import { ChatIcon, CloseIcon, DownIcon, StartOverIcon } from './icons.tsx'
import { keepFocus } from './keep-focus.ts'
import { PlaceControl } from './place-control.tsx'
import { statusOf, staysHere } from './status.ts'
import { describe, TurnView } from './turn.tsx'
import { useFollowScroll } from './use-follow-scroll.ts'
import { wordsFor } from './words.ts'

interface PanelProps {
  session: ChatSession
  settings: Settings
  lang: string
  onClose: () => void
}

export function Panel({ session, settings, lang, onClose }: PanelProps) {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    redraw(undefined)
    return session.state.watch(() => redraw(undefined))
  }, [session])

  const words = wordsFor(lang)
  const state = session.state.value
  const { turns, device, place, draft } = state
  const input = useRef<HTMLTextAreaElement | null>(null)
  const log = useRef<HTMLDivElement | null>(null)
  const { following, toEnd } = useFollowScroll(log)
  const status = statusOf(state, words)

  function send(text: string) {
    session.send(text)
    toEnd()
  }

  const asked = new Set(turns.map((turn) => turn.text))
  const suggestions = settings.suggestions.filter((suggestion) => !asked.has(suggestion))

  function suggest(suggestion: string) {
    if (!session.busy) return send(suggestion)
    session.setDraft(suggestion)
    input.current?.focus()
  }

  // Made ready in the background, a device that was not asked for says nothing.
  const card = place === 'device' && device.phase !== 'absent' && device.phase !== 'ready' && (
    <>
      <DownloadCard
        state={device}
        device={session.answerers.device}
        words={words}
        lang={lang}
        onCancel={() => session.answerers.choose('edge')}
      />
      {(device.phase === 'downloading' || device.phase === 'paused') && (
        <div class="turn">
          <div class="bubble">
            <p dir="auto">{words.meanwhile}</p>
          </div>
        </div>
      )}
    </>
  )
  // The card keeps its place in the conversation; if that turn is gone it stands at the end.
  const cardIndex = turns.findIndex((turn) => turn.id === state.cardAfter)
  const before = card ? turns.slice(0, cardIndex < 0 ? turns.length : cardIndex + 1) : turns
  const after = turns.slice(before.length)
  const show = (turn: Turn) => (
    <TurnView
      key={turn.id}
      turn={turn}
      last={turn === turns.at(-1)}
      name={settings.name}
      words={words}
      onRetry={() => session.retry()}
    />
  )

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click by keyboard is a click
    <div
      class="panel"
      role="dialog"
      aria-label={settings.name}
      tabIndex={-1}
      onClick={(event) => keepFocus(event, input.current, log.current)}
    >
      <header>
        <div class="avatar">
          <ChatIcon />
        </div>
        <div class="who">
          <h2 dir="auto">{settings.name}</h2>
          <p class={`status ${status.tone}`}>{status.text}</p>
        </div>
        {turns.length > 0 && (
          <button
            type="button"
            class="icon"
            aria-label={words.startOver}
            title={words.startOver}
            onClick={() => {
              session.clear()
              input.current?.focus()
            }}
          >
            <StartOverIcon />
          </button>
        )}
        <button
          type="button"
          class="icon"
          aria-label={words.close}
          title={words.close}
          onClick={onClose}
        >
          <CloseIcon />
        </button>
      </header>
      <PlaceControl
        place={place}
        words={words}
        onChoose={(choice) => {
          session.answerers.choose(choice)
          toEnd()
        }}
      />
      <div class="log-frame">
        {/* Polite by nature, a log would be read out token by token; the line below speaks for it. */}
        <div
          ref={log}
          class="log"
          role="log"
          aria-live="off"
          aria-label={words.answers}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
          tabIndex={0}
        >
          <div class="turn">
            <div class="bubble">
              <p dir="auto">{settings.greeting || words.greeting}</p>
            </div>
          </div>
          {before.map(show)}
          {card}
          {after.map(show)}
          {device.phase === 'ready' && device.note && <p class="small note">{device.note}</p>}
        </div>
        {!following && (
          <button
            type="button"
            class="to-end"
            aria-label={words.newest}
            title={words.newest}
            onClick={toEnd}
          >
            <DownIcon />
          </button>
        )}
      </div>
      {suggestions.length > 0 && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form controls
        <div class="chips" role="group" aria-label={words.suggestions}>
          {suggestions.map((suggestion) => (
            <button type="button" key={suggestion} dir="auto" onClick={() => suggest(suggestion)}>
              {suggestion}
            </button>
          ))}
        </div>
      )}
      <Composer
        draft={draft}
        busy={session.busy}
        words={words}
        input={input}
        onDraft={(text) => session.setDraft(text)}
        onSend={() => send(session.state.value.draft)}
        onStop={() => session.stop()}
      />
      <footer>{staysHere(state) ? words.nothingLeaves : words.canBeWrong}</footer>
      <div class="unseen" role="status">
        {place === 'device' && deviceNews(device, words)}
      </div>
      <Announcer turns={turns} describe={(turn) => turn.problem && describe(turn.problem, words)} />
    </div>
  )
}
