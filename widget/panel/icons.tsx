/** Drawn on a 20 × 20 grid with one stroke width; decorative, so hidden from assistive technology. */
function icon(path: string, filled = false) {
  return () => (
    <svg
      viewBox="0 0 20 20"
      width="20"
      height="20"
      aria-hidden="true"
      class={filled ? 'filled' : ''}
    >
      <path d={path} />
    </svg>
  )
}

export const SendIcon = icon('M10 15.5v-11M5.25 9.25 10 4.5l4.75 4.75')
export const StopIcon = icon(
  'M6.5 5h7A1.5 1.5 0 0 1 15 6.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 5 13.5v-7A1.5 1.5 0 0 1 6.5 5z',
  true,
)
export const CloseIcon = icon('M5.5 5.5l9 9M14.5 5.5l-9 9')
export const StartOverIcon = icon('M4.3 8.2A6 6 0 1 1 4 10.6M4.2 4.4v3.9h3.9')
export const DownIcon = icon('M10 4.5v11M5.25 10.75 10 15.5l4.75-4.75')
export const ChatIcon = icon('M10 3.6a6.4 6.4 0 1 1-3 12.05l-3.4.75.75-3.4A6.4 6.4 0 0 1 10 3.6z')
