import type { Settings } from '../settings.ts'

/** A chat's element as others see it, whichever copy's class it is of. */
export interface ChatElement extends HTMLElement {
  /** The page took it out by an explicit `remove()`, and wants it gone. */
  dismissed: boolean
}

/** What all copies of widget.js on a page share, whatever their version: the first one serves them all. */
export interface Registry {
  /** URL of the folder that widget.js came from, with a slash at the end. */
  base: string
  /** Default of the `edge` setting. */
  edge: string
  /** Keys of the chats whose panel is open. */
  open: Set<string>
  /** Which element shows which chat. */
  claims: Map<string, ChatElement>
  /** Elements that script tags asked for, by their settings. */
  embedded: Map<string, ChatElement>
  /** Puts a chat on the page for a script tag, unless it has one with these settings already. */
  embed(script: HTMLScriptElement | null): void
}

const NAME = Symbol.for('edgewise-chat')
const holder = globalThis as { [NAME]?: Registry }

export function existingRegistry(): Registry | undefined {
  return holder[NAME]
}

export function createRegistry(parts: Pick<Registry, 'base' | 'edge' | 'embed'>): Registry {
  const created = { ...parts, open: new Set<string>(), claims: new Map(), embedded: new Map() }
  holder[NAME] = created
  return created
}

export function registry(): Registry {
  return holder[NAME]!
}

/**
 * The key of an element's chat: the settings that make it this chat and no other. Colours and language are not among them, so
 * they may change. A second element with the same settings on the page at once gets a chat of its own.
 */
export function claimKey(element: ChatElement, settings: Settings): string {
  const { claims } = registry()
  for (const [key, owner] of claims) if (owner === element) return key
  const { edge, model, name, system } = settings
  const base = `edgewise:${hash([edge, model, name, system, element.id].join('\n'))}`
  for (let number = 1; ; number++) {
    const key = number === 1 ? base : `${base}:${number}`
    if (!claims.get(key)?.isConnected) {
      claims.set(key, element)
      return key
    }
  }
}

/** The claim itself stays, so that the element gets its own chat back; anyone else may take it over. */
export function releaseKey(element: ChatElement): void {
  const { claims } = registry()
  for (const [key, owner] of claims)
    if (owner === element && !element.isConnected) claims.delete(key)
}

/** The corner where no other chat stands: at the line's end if it is free. */
export function freeSide(element: ChatElement, direction: string): 'left' | 'right' {
  const [end, start] =
    direction === 'rtl' ? (['left', 'right'] as const) : (['right', 'left'] as const)
  const taken = [...registry().claims.values()].some(
    (other) =>
      other !== element &&
      other.isConnected &&
      other.shadowRoot?.querySelector<HTMLElement>('.edgewise')?.dataset.side === end,
  )
  return taken ? start : end
}

/** FNV-1a, 32 bits, as text: a short name, not a secret. */
function hash(text: string): string {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return (value >>> 0).toString(36)
}
