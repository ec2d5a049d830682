/**
 * Tells the styles which part of the window is to be seen: an on-screen keyboard covers the layout viewport without
 * changing it, and the full-screen panel has to end above it.
 *
 * @returns how to stop
 */
export function followVisualViewport(element: HTMLElement): () => void {
  const viewport = window.visualViewport
  if (!viewport) return () => {}
  const measure = () => {
    element.style.setProperty('--view-top', `${viewport.offsetTop}px`)
    element.style.setProperty('--view-height', `${viewport.height}px`)
  }
  measure()
  viewport.addEventListener('resize', measure)
  viewport.addEventListener('scroll', measure)
  return () => {
    viewport.removeEventListener('resize', measure)
    viewport.removeEventListener('scroll', measure)
  }
}
