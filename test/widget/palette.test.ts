import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { contrast, parseHex, toHex } from '../../widget/theme/contrast.ts'
import { palette, SURFACES } from '../../widget/theme/palette.ts'

test.each([
  // Ratios from the WCAG 2.2 definition, computed by hand for the ends and published for the greys.
  ['#000000', '#ffffff', 21],
  ['#ffffff', '#ffffff', 1],
  ['#767676', '#ffffff', 4.54],
  ['#777777', '#ffffff', 4.48],
])('contrast of %s on %s is %d', (a, b, ratio) => {
  expect(contrast(parseHex(a), parseHex(b))).toBeCloseTo(ratio, 2)
  expect(contrast(parseHex(b), parseHex(a))).toBeCloseTo(ratio, 2)
})

test('hex colours, long and short', () => {
  expect(parseHex('#1f5eff')).toEqual([31, 94, 255])
  expect(parseHex('#fa0')).toEqual([255, 170, 0])
  expect(toHex([31, 94, 255])).toBe('#1f5eff')
})

test('the default accent stays itself in the light theme', () => {
  expect(palette('#1f5eff', 'light').accent).toBe('#1f5eff')
})

test.each(['light', 'dark'] as const)('any accent passes AA in the %s theme', (theme) => {
  const channel = fc.integer({ min: 0, max: 255 })
  const { background, bubble } = SURFACES[theme]
  const property = fc.property(fc.tuple(channel, channel, channel), (rgb) => {
    const { accent, onAccent, accentText, accentEdge } = palette(toHex(rgb), theme)
    const ratio = (a: string, b: string) => contrast(parseHex(a), parseHex(b))
    expect(ratio(onAccent, accent)).toBeGreaterThanOrEqual(4.5)
    expect(ratio(accentText, background)).toBeGreaterThanOrEqual(4.5)
    expect(ratio(accentText, bubble)).toBeGreaterThanOrEqual(4.5)
    expect(ratio(accentEdge, background)).toBeGreaterThanOrEqual(3)
  })
  fc.assert(property, {
    seed: 3,
    numRuns: 500,
    examples: [[[0, 0, 0]], [[255, 255, 255]], [[255, 255, 0]], [[118, 118, 118]]],
  })
})

test.each(['light', 'dark'] as const)('the fixed colours of the %s theme pass AA', (theme) => {
  const css = readFileSync(new URL('../../widget/launcher/launcher.css', import.meta.url), 'utf8')
  const rule = /\.edgewise(\[data-theme="dark"\])? \{([^}]*)\}/g
  const [light, dark] = [...css.matchAll(rule)].map((match) => match[2]!) as [string, string]
  const color = (name: string) => {
    const pattern = new RegExp(`--${name}: (#[0-9a-f]+);`)
    return parseHex((pattern.exec(theme === 'dark' ? dark : light) ?? pattern.exec(light))![1]!)
  }
  for (const surface of [color('background'), color('bubble')]) {
    for (const text of ['ink', 'soft', 'problem']) {
      expect(contrast(color(text), surface), text).toBeGreaterThanOrEqual(4.5)
    }
  }
  expect(contrast(color('edge-line'), color('background'))).toBeGreaterThanOrEqual(3)
  expect(toHex(color('background'))).toBe(SURFACES[theme].background)
  expect(toHex(color('bubble'))).toBe(SURFACES[theme].bubble)
})
