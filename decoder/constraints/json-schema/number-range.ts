import {
  characters,
  choice,
  type Expression,
  NOTHING,
  repeat,
  sequence,
  text,
} from '../language/expression.ts'

/** Bounds of a number; null: none. */
export interface Bounds {
  min: number | null
  max: number | null
  exclusiveMin: number | null
  exclusiveMax: number | null
}

/** Beyond 15 digits a double no longer holds every integer. */
const MOST = 10n ** 15n - 1n
/** Most decimals that are written for a number with bounds. */
const MAX_DECIMALS = 6

/**
 * Numbers within bounds, in plain notation: integers, and (if not `integer`) decimals with two digits more than the bounds
 * have, at most 6. Exact: bounds and digits are compared as decimal fractions, never as doubles. No more than 15 digits are
 * written before the point, so bounds beyond that limit nothing.
 *
 * @returns null if a bound is too fine, or leaves only what is beyond
 */
export function numberRange(given: Bounds, integer: boolean): Expression | null {
  const bounds = {
    min: given.min !== null && given.min <= -Number(MOST) ? null : given.min,
    max: given.max !== null && given.max >= Number(MOST) ? null : given.max,
    exclusiveMin:
      given.exclusiveMin !== null && given.exclusiveMin < -Number(MOST) ? null : given.exclusiveMin,
    exclusiveMax:
      given.exclusiveMax !== null && given.exclusiveMax > Number(MOST) ? null : given.exclusiveMax,
  }
  const decimals = Object.values(bounds).map((bound) => (bound === null ? 0 : decimalsOf(bound)))
  if (decimals.some((count) => count === null || count > MAX_DECIMALS)) return null
  const finest = Math.min(MAX_DECIMALS, Math.max(...(decimals as number[])) + 2)
  const forms: Expression[] = []
  for (let digits = 0; digits <= (integer ? 0 : finest); digits++) {
    const { low, high } = scaled(bounds, digits)
    if (low > high) continue
    if (high >= 0n) forms.push(between(low > 0n ? low : 0n, high, digits))
    if (low < 0n) {
      const smallest = high < 0n ? -high : digits === 0 ? 1n : 0n
      forms.push(sequence(text('-'), between(smallest, -low, digits)))
    }
  }
  return forms.length > 0 ? choice(...forms) : NOTHING
}

/** The bounds in units of the last decimal, as inclusive integers. */
function scaled(bounds: Bounds, digits: number): { low: bigint; high: bigint } {
  const most = MOST * 10n ** BigInt(digits)
  let low = -most
  let high = most
  const raise = (value: bigint) => {
    if (value > low) low = value
  }
  const lower = (value: bigint) => {
    if (value < high) high = value
  }
  if (bounds.min !== null) raise(ceiling(bounds.min, digits))
  if (bounds.max !== null) lower(floor(bounds.max, digits))
  if (bounds.exclusiveMin !== null) raise(floor(bounds.exclusiveMin, digits) + 1n)
  if (bounds.exclusiveMax !== null) lower(ceiling(bounds.exclusiveMax, digits) - 1n)
  return { low, high }
}

function decimalsOf(value: number): number | null {
  const match = /^-?[0-9]+(?:\.([0-9]+))?$/.exec(String(value))
  return match && Math.abs(value) <= Number(MOST) ? (match[1]?.length ?? 0) : null
}

function floor(value: number, digits: number): bigint {
  const [whole = '', fraction = ''] = String(value).replace('-', '').split('.')
  const units = BigInt(whole + fraction.padEnd(digits, '0').slice(0, digits))
  const isExact = /^0*$/.test(fraction.slice(digits))
  if (value >= 0) return units
  return isExact ? -units : -units - 1n
}

const ceiling = (value: number, digits: number): bigint => -floor(-value, digits)

/** 0 ≤ low ≤ high, in units of the last of `digits` decimals. */
function between(low: bigint, high: bigint, digits: number): Expression {
  const forms: Expression[] = []
  // Numbers of one length at a time; those below one unit still have a 0 before the point.
  const shortest = digits + 1
  for (let length = shortest; length <= high.toString().length || length === shortest; length++) {
    const first = length === shortest ? 0n : 10n ** BigInt(length - 1)
    const last = 10n ** BigInt(length) - 1n
    const from = low > first ? low : first
    const to = high < last ? high : last
    if (from > to) continue
    const pad = (value: bigint) => value.toString().padStart(length, '0')
    forms.push(sameLength(pad(from), pad(to), length - digits))
  }
  return choice(...forms)
}

/** Digit strings between two of the same length; `point` digits stand before the decimal point. */
function sameLength(from: string, to: string, point: number): Expression {
  const tail = from.length
  if (tail === 0) return sequence()
  const dot = point === 0 ? [text('.')] : []
  if (/^0*$/.test(from) && /^9*$/.test(to)) return sequence(...dot, anyDigits(tail, point))
  const [a, b] = [Number(from[0]), Number(to[0])]
  const rest = [from.slice(1), to.slice(1)] as const
  if (a === b) return sequence(...dot, digit(a, a), sameLength(...rest, point - 1))
  const nines = '9'.repeat(tail - 1)
  const zeros = '0'.repeat(tail - 1)
  const forms = [sequence(digit(a, a), sameLength(rest[0], nines, point - 1))]
  if (b - a > 1) {
    forms.push(sequence(digit(a + 1, b - 1), sameLength(zeros, nines, point - 1)))
  }
  forms.push(sequence(digit(b, b), sameLength(zeros, rest[1], point - 1)))
  return sequence(...dot, choice(...forms))
}

function anyDigits(count: number, point: number): Expression {
  if (point <= 0 || point >= count) return repeat(digit(0, 9), count, count)
  return sequence(
    repeat(digit(0, 9), point, point),
    text('.'),
    repeat(digit(0, 9), count - point, count - point),
  )
}

const digit = (from: number, to: number) => characters([0x30 + from, 0x30 + to])
