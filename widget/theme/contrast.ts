/** Colours as [red, green, blue], each 0 … 255. */
export type Rgb = readonly [number, number, number]

export function parseHex(hex: string): Rgb {
  const digits = hex.length === 4 ? hex.replace(/[0-9a-f]/gi, '$&$&') : hex
  const value = Number.parseInt(digits.slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}

export function toHex(color: Rgb): string {
  return `#${color.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`
}

/** Relative luminance, 0 (black) … 1 (white): WCAG 2.2's definition for sRGB. */
export function luminance(color: Rgb): number {
  const [r, g, b] = color.map((part) => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as unknown as Rgb
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

/** Contrast ratio, 1 … 21. AA asks 4.5 for text and 3 for the shape of a control. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

/** `share` 0 gives `from`, 1 gives `to`. */
export function mix(from: Rgb, to: Rgb, share: number): Rgb {
  return from.map((part, i) => Math.round(part + (to[i]! - part) * share)) as unknown as Rgb
}

/** The colour nearest to `from` on its way to `to` that `passes`; `to` itself if none does. */
export function towards(from: Rgb, to: Rgb, passes: (color: Rgb) => boolean): Rgb {
  for (let step = 0; step < 50; step++) {
    const color = mix(from, to, step / 50)
    if (passes(color)) return color
  }
  return to
}
