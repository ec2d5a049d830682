import { spokenLanguage, wordsFor } from '../panel/words.ts'
import type { PanelHandle, PanelOptions } from '../panel.tsx'
import { readSettings, SETTING_ATTRIBUTES, type Settings } from '../settings.ts'
import { palette } from '../theme/palette.ts'
import css from './launcher.css?inline'
import { type ChatElement, claimKey, freeSide, registry, releaseKey } from './registry.ts'

let sheet: CSSStyleSheet | undefined
const darkPage = matchMedia('(prefers-color-scheme: dark)')

/**
 * `<edgewise-chat>`: the launcher, and the panel once it is opened. Every setting is an attribute and may change at any
 * time. The element may be taken out and put back, or be replaced by a new one with the same settings, as pages do that
 * change without a reload: the chat goes on, open as it was.
 */
export class EdgewiseChat extends HTMLElement implements ChatElement {
  static readonly observedAttributes = SETTING_ATTRIBUTES

  dismissed = false
  readonly #root = document.createElement('div')
  readonly #launcher = document.createElement('button')
  readonly #complaint = document.createElement('p')
  #settings: Settings | null = null
  #key: string | null = null
  #panel: PanelHandle | null = null
  #loading: Promise<void> | null = null

  constructor() {
    super()
    const shadow = this.attachShadow({ mode: 'open' })
    sheet ??= new CSSStyleSheet()
    sheet.replaceSync(css)
    shadow.adoptedStyleSheets = [sheet]
    this.#root.className = 'edgewise'
    this.#launcher.type = 'button'
    this.#launcher.className = 'launcher'
    this.#launcher.setAttribute('aria-haspopup', 'dialog')
    this.#launcher.append(launcherIcon())
    this.#launcher.addEventListener('click', () => this.open())
    const prefetch = () => void loadPanel().catch(() => {})
    this.#launcher.addEventListener('pointerenter', prefetch)
    this.#launcher.addEventListener('focus', prefetch)
    this.#complaint.className = 'complaint'
    this.#complaint.setAttribute('role', 'status')
    this.#root.append(this.#complaint, this.#launcher)
    shadow.append(this.#root)
  }

  connectedCallback(): void {
    this.dismissed = false
    darkPage.addEventListener('change', this.#restyle)
    this.#read()
    this.#key = claimKey(this, this.#settings!)
    this.#root.dataset.side =
      this.#settings!.side === 'auto' ? freeSide(this, this.#root.dir) : this.#settings!.side
    this.#setOpenLook(false)
    if (registry().open.has(this.#key)) void this.#open(false)
  }

  disconnectedCallback(): void {
    darkPage.removeEventListener('change', this.#restyle)
    // Moved within the page, it is connected again by now; only a real farewell takes the panel down.
    queueMicrotask(() => {
      if (this.isConnected) return
      this.#panel?.unmount()
      this.#panel = null
      releaseKey(this)
    })
  }

  attributeChangedCallback(): void {
    if (!this.isConnected || !this.#key) return
    this.#read()
    this.#panel?.update(this.#settings!, this.#lang)
  }

  override remove(): void {
    this.dismissed = true
    super.remove()
  }

  /** Opens the panel and moves the focus into it. */
  open(): Promise<void> {
    return this.#open(true)
  }

  /** Closes the panel; the chat goes on, and the focus goes back to the launcher. */
  close(): void {
    if (!this.#key || !registry().open.delete(this.#key)) return
    const hadFocus = this.shadowRoot!.activeElement !== null
    this.#panel?.hide()
    this.#setOpenLook(false)
    if (hadFocus) this.#launcher.focus({ preventScroll: true })
  }

  /** Forgets the conversation. */
  clear(): void {
    this.#panel?.clear()
  }

  async #open(focus: boolean): Promise<void> {
    const key = this.#key
    if (!key) return
    registry().open.add(key)
    this.#complaint.textContent = ''
    this.#loading ??= this.#mount(key).finally(() => {
      this.#loading = null
    })
    try {
      await this.#loading
    } catch {
      registry().open.delete(key)
      this.#complaint.textContent = wordsFor(this.#lang).loadFailed
      return
    }
    // Closed or taken away while the panel was loading.
    if (!this.#panel || !registry().open.has(key)) return
    this.#setOpenLook(true)
    this.#panel.show(focus)
  }

  async #mount(key: string): Promise<void> {
    if (this.#panel) return
    const { mountPanel } = await loadPanel()
    if (!this.isConnected) return
    this.#panel = mountPanel({
      shadow: this.shadowRoot!,
      parent: this.#root,
      key,
      settings: this.#settings!,
      lang: this.#lang,
      onClose: () => this.close(),
    })
  }

  get #lang(): string {
    return this.#settings!.lang || document.documentElement.lang || 'en'
  }

  #read(): void {
    const warn = (message: string) => console.warn(`edgewise-chat: ${message}`)
    this.#settings = readSettings((name) => this.getAttribute(name), registry().edge, warn)
    const words = wordsFor(this.#lang)
    this.#launcher.setAttribute('aria-label', words.open(this.#settings.name))
    this.#launcher.title = words.open(this.#settings.name)
    this.#root.lang = spokenLanguage(this.#lang)
    this.#root.dir = getComputedStyle(document.documentElement).direction
    if (document.body) this.#root.dir = getComputedStyle(document.body).direction
    this.#restyle()
  }

  readonly #restyle = () => {
    const { theme: wanted, accent } = this.#settings!
    const theme = wanted === 'auto' ? (darkPage.matches ? 'dark' : 'light') : wanted
    this.#root.dataset.theme = theme
    const colors = palette(accent, theme)
    this.#root.style.setProperty('--accent', colors.accent)
    this.#root.style.setProperty('--on-accent', colors.onAccent)
    this.#root.style.setProperty('--accent-text', colors.accentText)
    this.#root.style.setProperty('--accent-edge', colors.accentEdge)
  }

  #setOpenLook(open: boolean): void {
    this.#launcher.setAttribute('aria-expanded', String(open))
    this.#launcher.hidden = open
  }
}

/** The panel's module; a failed load is tried anew the next time. */
let panelModule: Promise<PanelModule> | null = null
let attempts = 0

interface PanelModule {
  mountPanel(options: PanelOptions): PanelHandle
}

export function loadPanel(): Promise<PanelModule> {
  if (panelModule) return panelModule
  // Browsers remember that a module failed to load, so another try needs another address.
  const retry = attempts++ ? `?try=${attempts}` : ''
  const url = `${registry().base}widget/panel.js${retry}`
  panelModule = import(/* @vite-ignore */ url) as Promise<PanelModule>
  panelModule.catch(() => {
    panelModule = null
  })
  return panelModule
}

function launcherIcon(): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('viewBox', '0 0 20 20')
  svg.setAttribute('aria-hidden', 'true')
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path')
  path.setAttribute('d', 'M10 3.6a6.4 6.4 0 1 1-3 12.05l-3.4.75.75-3.4A6.4 6.4 0 0 1 10 3.6z')
  svg.append(path)
  return svg
}
