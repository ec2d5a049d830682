/** Long enough, in ms, for what a click changed to be drawn. */
const REDRAWN = 50

/**
 * A button that goes away with its own click (Try again, Download) would take the focus out of the panel, and with it
 * Escape and the reader's place. The focus goes to the box then; on a touch screen, where the box brings the keyboard up, to
 * the conversation.
 */
export function keepFocus(
  event: Event,
  box: HTMLElement | null,
  conversation: HTMLElement | null,
): void {
  const button = (event.target as Element).closest('button')
  if (!button) return
  const root = button.getRootNode() as ShadowRoot
  setTimeout(() => {
    if (root.activeElement || document.activeElement !== document.body) return
    const touch = matchMedia('(pointer: coarse)').matches
    const target = touch ? conversation : box
    target?.focus({ preventScroll: true })
  }, REDRAWN)
}
