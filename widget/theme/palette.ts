import { contrast, mix, parseHex, type Rgb, toHex, towards } from './contrast.ts'

export type Theme = 'light' | 'dark'

/** The surfaces that accent colours have to stand on. */
export const SURFACES: Record<Theme, { background: string; bubble: string }> = {
  light: { background: '#ffffff', bubble: '#f4f4f6' },
  dark: { background: '#15171b', bubble: '#22262d' },
}

export interface Palette {
  /** Own bubbles, buttons, the launcher. */
  accent: string
  /** Text and icons on `accent`: 4.5 or more. */
  onAccent: string
  /** Accent as text on the background and on bubbles: 4.5 or more. */
  accentText: string
  /** Outline of accent surfaces: visible (3 or more) where `accent` itself is too near the background. */
  accentEdge: string
}

const WHITE: Rgb = [255, 255, 255]
const BLACK: Rgb = [0, 0, 0]
const TEXT = 4.5
const SHAPE = 3
/** Most white mixed into the accent on a dark page. */
const GLOW = 0.15

/**
 * Shades of the owner's accent that pass WCAG AA in a theme, as near to it as they can be. White on the accent is kept
 * for every colour that a slight darkening makes dark enough; lighter ones get black.
 */
export function palette(accentHex: string, theme: Theme): Palette {
  const accent = parseHex(accentHex)
  const background = parseHex(SURFACES[theme].background)
  const bubble = parseHex(SURFACES[theme].bubble)
  const away = theme === 'light' ? BLACK : WHITE

  const whiteText = contrast(WHITE, accent) >= SHAPE
  let fill = whiteText
    ? towards(accent, BLACK, (color) => contrast(WHITE, color) >= TEXT)
    : towards(accent, WHITE, (color) => contrast(BLACK, color) >= TEXT)
  if (theme === 'dark' && whiteText) {
    // On a dark page a deep accent glows less: lighter, as far as white text on it allows.
    for (let share = GLOW; share > 0; share -= GLOW / 10) {
      const lit = mix(fill, WHITE, share)
      if (contrast(WHITE, lit) >= TEXT) {
        fill = lit
        break
      }
    }
  }
  const text = towards(
    fill,
    away,
    (color) =>
      contrast(color, background) >= TEXT &&
      contrast(color, bubble) >= (theme === 'dark' ? 5.5 : TEXT),
  )
  const edge =
    contrast(fill, background) >= SHAPE
      ? fill
      : towards(fill, away, (color) => contrast(color, background) >= SHAPE)
  return {
    accent: toHex(fill),
    onAccent: toHex(whiteText ? WHITE : BLACK),
    accentText: toHex(text),
    accentEdge: toHex(edge),
  }
}
