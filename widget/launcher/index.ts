/**
 * widget.js, the one script a site embeds: it defines `<edgewise-chat>` and, for a script tag of its own, puts one on the
 * page.
 *
 * @example <script src="https://edge.example/widget.js" data-name="Fern & Fable Books" async></script>
 */
import { SETTING_ATTRIBUTES } from '../settings.ts'
import { EdgewiseChat, loadPanel } from './element.ts'
import { type ChatElement, createRegistry, existingRegistry, registry } from './registry.ts'

const script = ownScript()

if (existingRegistry()) {
  // Another copy is here already, maybe of another version. It serves this tag too.
  registry().embed(script)
} else {
  const url = new URL(script?.src || location.href)
  createRegistry({ base: new URL('.', url).href, edge: url.origin, embed })
  if (!customElements.get('edgewise-chat')) customElements.define('edgewise-chat', EdgewiseChat)
  embed(script)
  whenIdle(() => {
    // A visitor who counts bytes pays for the panel only on opening it.
    const { connection } = navigator as { connection?: { saveData?: boolean } }
    if (!connection?.saveData) loadPanel().catch(() => {})
  })
}

/** The tag that is running; tag managers and bundlers may hide it, then the newest one that looks like it. */
function ownScript(): HTMLScriptElement | null {
  if (document.currentScript instanceof HTMLScriptElement) return document.currentScript
  const candidates = document.querySelectorAll<HTMLScriptElement>('script[src*="widget.js"]')
  return candidates[candidates.length - 1] ?? null
}

function embed(tag: HTMLScriptElement | null): void {
  const attributes = SETTING_ATTRIBUTES.flatMap((name) => {
    const value = tag?.getAttribute(`data-${name}`)
    return value === null || value === undefined ? [] : [[name, value] as const]
  })
  // A tag from another edge than the first copy's must not be answered by that one.
  const origin = tag?.src ? new URL(tag.src).origin : registry().edge
  if (origin !== registry().edge && !attributes.some(([name]) => name === 'edge')) {
    attributes.push(['edge', origin])
  }
  whenBodyIsThere(() => {
    const placedByOwner = [...document.querySelectorAll('edgewise-chat')].some(
      (element) => ![...registry().embedded.values()].includes(element as ChatElement),
    )
    // A bare tag only brings the element; a tag with settings wants a chat of its own.
    if (attributes.length === 0 && placedByOwner) return
    if (tag?.hasAttribute('data-manual')) return
    const key = JSON.stringify(attributes)
    const known = registry().embedded.get(key)
    if (known) {
      if (!known.isConnected) attach(known)
      return
    }
    const element = document.createElement('edgewise-chat') as ChatElement
    for (const [name, value] of attributes) element.setAttribute(name, value)
    registry().embedded.set(key, element)
    attach(element)
    if (tag) mirrorAttributes(tag, element)
  })
}

/**
 * Beside the body, not in it: pages that swap, morph or snapshot their body leave the chat alone, neither lost nor doubled.
 * If a page's script rewrites even the document element's children, the chat is put back.
 */
function attach(element: ChatElement): void {
  document.documentElement.append(element)
  const observer = new MutationObserver(() => {
    if (element.isConnected) return
    observer.disconnect()
    if (!element.dismissed) attach(element)
  })
  observer.observe(document, { childList: true })
  observer.observe(document.documentElement, { childList: true })
}

/** Settings changed on the script tag reach its chat. */
function mirrorAttributes(tag: HTMLScriptElement, element: ChatElement): void {
  const attributeFilter = SETTING_ATTRIBUTES.map((name) => `data-${name}`)
  new MutationObserver((changes) => {
    for (const { attributeName } of changes) {
      const value = tag.getAttribute(attributeName!)
      const name = attributeName!.slice('data-'.length)
      if (value === null) element.removeAttribute(name)
      else element.setAttribute(name, value)
    }
  }).observe(tag, { attributes: true, attributeFilter })
}

function whenBodyIsThere(act: () => void): void {
  if (document.readyState !== 'loading') act()
  else document.addEventListener('DOMContentLoaded', act, { once: true })
}

function whenIdle(act: () => void): void {
  const later = () =>
    'requestIdleCallback' in window ? requestIdleCallback(act) : setTimeout(act, 1)
  if (document.readyState === 'complete') later()
  else window.addEventListener('load', later, { once: true })
}
