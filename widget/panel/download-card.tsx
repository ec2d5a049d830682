import type { ComponentChildren } from 'preact'
import type { DeviceModel, DeviceState } from '../chat/device-model.ts'
import { megabytes, number } from './amounts.ts'
import type { Words } from './words.ts'

interface CardProps {
  state: DeviceState
  device: DeviceModel
  words: Words
  lang: string
  /** The visitor does not want the model here after all. */
  onCancel: () => void
}

/** The model's way onto the device, as a card in the conversation: what, how much, how long, and how to stop it. */
export function DownloadCard({ state, device, words, lang, onCancel }: CardProps) {
  const cancel = { label: words.cancel, act: onCancel }
  switch (state.phase) {
    case 'measuring':
      return <Card title={words.gettingReady} text={words.measuring} actions={[cancel]} />
    case 'asking':
      return (
        <Card
          title={words.askTitle}
          text={words.once(megabytes(state.bytes, lang))}
          actions={[
            { label: words.download, act: () => void device.download() },
            { label: words.notNow, act: onCancel },
          ]}
        />
      )
    case 'downloading':
      return (
        <Card
          title={words.gettingReady}
          text={words.once(megabytes(state.total, lang))}
          actions={[cancel, { label: words.pause, act: () => device.pause() }]}
        >
          <Progress state={state} words={words} lang={lang}>
            {timeLeft(state.secondsLeft, words)}
          </Progress>
        </Card>
      )
    case 'paused':
      return (
        <Card
          title={words.paused}
          text={words.once(megabytes(state.total, lang))}
          actions={[cancel, { label: words.goOn, act: () => void device.download() }]}
        >
          <Progress state={state} words={words} lang={lang} />
        </Card>
      )
    case 'preparing':
      return <Card title={words.gettingReady} text={words.almostReady} actions={[cancel]} />
    case 'failed':
      return (
        <Card
          title={deviceNews(state, words)}
          text={state.message}
          actions={[
            { label: words.tryAgain, act: () => void device.prepare() },
            { label: words.notNow, act: onCancel },
          ]}
        />
      )
    default:
      return null
  }
}

interface FrameProps {
  title: string
  text: string
  actions: { label: string; act: () => void }[]
  children?: ComponentChildren
}

function Card({ title, text, actions, children }: FrameProps) {
  return (
    <section class="card" aria-label={title}>
      <strong>{title}</strong>
      {text && <span class="small">{text}</span>}
      {children}
      <div class="card-actions">
        {actions.map(({ label, act }) => (
          <button type="button" class="quiet" key={label} onClick={act}>
            {label}
          </button>
        ))}
      </div>
    </section>
  )
}

interface ProgressProps {
  state: { loaded: number; total: number }
  words: Words
  lang: string
  children?: ComponentChildren
}

function Progress({ state: { loaded, total }, words, lang, children }: ProgressProps) {
  const share = total > 0 ? Math.min(loaded / total, 1) : 0
  const amount = words.ofTotal(number(loaded, lang), megabytes(total, lang))
  return (
    <>
      <div
        class="progress"
        role="progressbar"
        aria-label={words.gettingReady}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor(share * 100)}
        aria-valuetext={amount}
      >
        <div style={{ width: `${share * 100}%` }} />
      </div>
      <div class="progress-words small">
        <span>{amount}</span>
        <span>{children}</span>
      </div>
    </>
  )
}

function timeLeft(seconds: number | null, words: Words): string {
  if (seconds === null) return words.starting
  return seconds < 90 ? words.secondsLeft(seconds) : words.minutesLeft(Math.round(seconds / 60))
}

/** What is worth telling somebody who does not see the card: that the model is here, or that it won't be. */
export function deviceNews(state: DeviceState, words: Words): string {
  if (state.phase === 'ready') return words.deviceReady
  if (state.phase !== 'failed') return ''
  return state.unreachable ? words.deviceUnreachable : words.deviceFailed
}
