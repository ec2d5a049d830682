/**
 * The chat's panel, loaded when it is first opened. The launcher (widget.js) knows it by `mountPanel` alone.
 */
import { render } from 'preact'
import { Answerers } from './chat/answerers.ts'
import { DeviceModel } from './chat/device-model.ts'
import { ChatSession } from './chat/session.ts'
import { SessionStore } from './chat/session-state.ts'
import { localStore } from './chat/storage.ts'
import { DeviceEngine } from './engine/device.ts'
import { EdgeEngine } from './engine/edge.ts'
import { Panel } from './panel/panel.tsx'
import { panelStyles } from './panel/styles.ts'
import { followVisualViewport } from './panel/visual-viewport.ts'
import { EMBEDDED_MODEL, type Settings } from './settings.ts'

export interface PanelOptions {
  shadow: ShadowRoot
  /** Where the panel goes, inside the shadow root. */
  parent: HTMLElement
  /** Which chat this is: panels with the same key, one after the other, go on with the same conversation. */
  key: string
  settings: Settings
  lang: string
  onClose: () => void
}

export interface PanelHandle {
  update(settings: Settings, lang: string): void
  show(focus: boolean): void
  hide(): void
  clear(): void
  unmount(): void
}

/** A chat outlives its panel for so long, in ms: time enough for a page to swap its body or put the element elsewhere. */
const LINGER = 10_000

interface Chat {
  session: ChatSession
  panels: number
  farewell: ReturnType<typeof setTimeout> | undefined
}

/** Where this module came from; the worker and the engine's files lie beside it. */
const ownUrl = import.meta.url
const chats = new Map<string, Chat>()
let sheet: CSSStyleSheet | undefined

export function mountPanel(options: PanelOptions): PanelHandle {
  const { shadow, parent, key, onClose } = options
  let { settings, lang } = options
  sheet ??= new CSSStyleSheet()
  sheet.replaceSync(panelStyles)
  shadow.adoptedStyleSheets = [
    ...shadow.adoptedStyleSheets.filter((other) => other !== sheet),
    sheet,
  ]

  const chat = chatFor(key, settings)
  const { session } = chat
  clearTimeout(chat.farewell)
  chat.panels++
  session.answerers.resume()

  const mount = document.createElement('div')
  mount.className = 'mount'
  mount.hidden = true
  parent.append(mount)
  const draw = () => {
    session.settings = settings
    render(<Panel session={session} settings={settings} lang={lang} onClose={onClose} />, mount)
  }
  draw()

  // What is typed here is none of the page's business: its one-key shortcuts must not fire.
  const keepKeys = (event: KeyboardEvent) => {
    event.stopPropagation()
    if (event.type === 'keydown' && event.key === 'Escape' && !event.isComposing) onClose()
  }
  for (const type of ['keydown', 'keypress', 'keyup'] as const)
    mount.addEventListener(type, keepKeys)

  const connection = () => session.answerers.setOnline(navigator.onLine)
  const save = () => session.state.save()
  connection()
  window.addEventListener('online', connection)
  window.addEventListener('offline', connection)
  window.addEventListener('pagehide', save)
  const unfollow = followVisualViewport(mount)

  return {
    update(nextSettings, nextLang) {
      settings = nextSettings
      lang = nextLang
      draw()
    },
    show(focus) {
      mount.hidden = false
      draw()
      if (!focus) return
      // On a touch screen the keyboard would cover the chat before it was seen.
      const touch = matchMedia('(pointer: coarse)').matches
      mount.querySelector<HTMLElement>(touch ? '.log' : 'textarea')?.focus({ preventScroll: true })
    },
    hide() {
      mount.hidden = true
    },
    clear: () => session.clear(),
    unmount() {
      window.removeEventListener('online', connection)
      window.removeEventListener('offline', connection)
      window.removeEventListener('pagehide', save)
      unfollow()
      render(null, mount)
      mount.remove()
      if (--chat.panels === 0) chat.farewell = setTimeout(() => session.sleep(), LINGER)
    },
  }
}

function chatFor(key: string, settings: Settings): Chat {
  const known = chats.get(key)
  if (known) return known
  const { model, edge, modelHost } = settings
  // The edge is a hub for the model it holds itself.
  const host = modelHost || (model === EMBEDDED_MODEL ? `${edge}/models` : '')
  const workerUrl = new URL('device-worker.js', ownUrl).href
  const runtimeBase = new URL('../runtime/', ownUrl).href
  const device = new DeviceEngine(workerUrl, { model, host, runtimeBase })
  const state = new SessionStore(localStore(), key, navigator.onLine)
  const answerers = new Answerers(
    state,
    new EdgeEngine(edge),
    (changed) => new DeviceModel(device, changed),
  )
  const session = new ChatSession(state, answerers, settings)
  const chat: Chat = { session, panels: 0, farewell: undefined }
  chats.set(key, chat)
  return chat
}
