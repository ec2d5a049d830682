/**
 * What the site owner sets, on the script tag as `data-name` or on the element as `name`. All may change at any time, but `edge`,
 * `model` and `model-host` are those of a chat's beginning until the page is loaded anew.
 */
export interface Settings {
  /** Base URL of the edge's API, without a slash at the end. */
  edge: string
  /** Who answers: the name in the panel's header. */
  name: string
  /** First bubble; shown, never sent to the model. Empty: the language's own. */
  greeting: string
  /** Any CSS hex colour; shades with enough contrast are derived from it. */
  accent: string
  /** Model id, asked of the edge and loaded on the device. */
  model: string
  /** Where the device finds models that the edge does not hold itself; empty: the Hugging Face hub. */
  modelHost: string
  theme: 'auto' | 'light' | 'dark'
  /** System message put before every conversation. */
  system: string
  /** First questions offered as chips. */
  suggestions: string[]
  /** Language of the panel's own words (BCP 47). Empty: the page's. */
  lang: string
  /** Corner of the window; `auto` is right, or left if another chat has taken it. */
  side: 'auto' | 'left' | 'right'
  /** 0 … 2. 0, the default, gives the same answer at the edge and on the device. */
  temperature: number
  /** Most tokens of one answer; null leaves it to the model's context. */
  maxTokens: number | null
  /** How to decode, beyond that: fields of the API's requests, `{"num_beams": 4}`; the same on the device. */
  decoding: Readonly<Record<string, unknown>>
}

/** The model that every edge serves under /models/, in the hub's own layout. */
export const EMBEDDED_MODEL = 'edgewise-chat'
export const DEFAULT_ACCENT = '#1f5eff'

/** Attribute names, as on the element; on a script tag each has `data-` before it. */
export const SETTING_ATTRIBUTES = [
  'edge',
  'name',
  'greeting',
  'accent',
  'model',
  'model-host',
  'theme',
  'system',
  'suggestions',
  'lang',
  'side',
  'temperature',
  'max-tokens',
  'decoding',
] as const

export type SettingAttribute = (typeof SETTING_ATTRIBUTES)[number]

/**
 * Reads the settings; a value that can't be used falls back to its default and is named to `warn`, so that a slip in
 * an attribute never costs the site its chat.
 *
 * @param read  one attribute's text, null if absent
 * @param edge  default for `edge`: the origin that widget.js came from
 */
export function readSettings(
  read: (name: SettingAttribute) => string | null,
  edge: string,
  warn: (message: string) => void = () => {},
): Settings {
  const text = (name: SettingAttribute, otherwise = '') => read(name)?.trim() || otherwise

  function choice<T extends string>(name: SettingAttribute, choices: readonly [T, ...T[]]): T {
    const value = text(name, choices[0]).toLowerCase()
    const known = choices.find((candidate) => candidate === value)
    if (!known) warn(`${name} must be one of ${choices.join(', ')}; "${value}" is none`)
    return known ?? choices[0]
  }

  function number<T>(name: SettingAttribute, min: number, max: number, otherwise: T): number | T {
    const value = text(name)
    if (!value) return otherwise
    const parsed = Number(value)
    if (parsed >= min && parsed <= max) return parsed
    warn(`${name} must be a number from ${min} to ${max}; "${value}" is not`)
    return otherwise
  }

  function object(name: SettingAttribute): Record<string, unknown> {
    const value = text(name)
    if (!value) return {}
    try {
      const parsed: unknown = JSON.parse(value)
      if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
        return parsed as Record<string, unknown>
      }
    } catch {}
    warn(`${name} must be a JSON object such as {"num_beams": 4}; "${value}" is not`)
    return {}
  }

  const accent = text('accent', DEFAULT_ACCENT)
  const usable = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(accent)
  if (!usable) warn(`accent must be a hex colour such as ${DEFAULT_ACCENT}; "${accent}" is not`)

  return {
    edge: text('edge', edge).replace(/\/+$/, ''),
    name: text('name', 'Edgewise'),
    greeting: text('greeting'),
    accent: usable ? accent : DEFAULT_ACCENT,
    model: text('model', EMBEDDED_MODEL),
    modelHost: text('model-host'),
    theme: choice('theme', ['auto', 'light', 'dark']),
    system: text('system'),
    suggestions: text('suggestions')
      .split('|')
      .map((suggestion) => suggestion.trim())
      .filter(Boolean),
    lang: text('lang'),
    side: choice('side', ['auto', 'left', 'right']),
    temperature: number('temperature', 0, 2, 0),
    maxTokens: number('max-tokens', 1, 2 ** 31, null),
    decoding: object('decoding'),
  }
}
