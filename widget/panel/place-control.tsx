import type { Words } from './words.ts'

interface PlaceProps {
  place: 'edge' | 'device'
  words: Words
  onChoose: (place: 'edge' | 'device') => void
}

/** Where the answers are made: a two-way control, by the radio group pattern (one tab stop, arrows choose). */
export function PlaceControl({ place, words, onChoose }: PlaceProps) {
  function keydown(event: KeyboardEvent & { currentTarget: HTMLElement }) {
    if (!event.key.startsWith('Arrow')) return
    event.preventDefault()
    const other = place === 'edge' ? 'device' : 'edge'
    onChoose(other)
    event.currentTarget.querySelector<HTMLElement>(`[data-place=${other}]`)?.focus()
  }
  const radio = (value: 'edge' | 'device', label: string) => (
    // biome-ignore lint/a11y/useSemanticElements: an input would need a label of its own for the same look
    <button
      type="button"
      role="radio"
      aria-checked={place === value}
      tabIndex={place === value ? 0 : -1}
      data-place={value}
      onClick={() => onChoose(value)}
    >
      {label}
    </button>
  )
  return (
    <div class="place" role="radiogroup" aria-label={words.place} onKeyDown={keydown}>
      {radio('edge', words.edge)}
      {radio('device', words.device)}
    </div>
  )
}
