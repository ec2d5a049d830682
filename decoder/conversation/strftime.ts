const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/**
 * Formats a date as C's strftime does in the C locale, in UTC: the same words wherever a chat template prints the date.
 * A directive it does not know stays as written.
 */
export function strftime(date: Date, format: string): string {
  const pad = (n: number, width = 2, fill = '0') => String(n).padStart(width, fill)
  const day = DAYS[date.getUTCDay()]!
  const month = MONTHS[date.getUTCMonth()]!
  const hour = date.getUTCHours()
  const hour12 = hour % 12 || 12
  const startOfYear = Date.UTC(date.getUTCFullYear(), 0, 1)
  const dayOfYear = Math.floor((date.getTime() - startOfYear) / 86_400_000) + 1
  const directives: Record<string, () => string> = {
    a: () => day.slice(0, 3),
    A: () => day,
    b: () => month.slice(0, 3),
    B: () => month,
    d: () => pad(date.getUTCDate()),
    e: () => pad(date.getUTCDate(), 2, ' '),
    H: () => pad(hour),
    I: () => pad(hour12),
    j: () => pad(dayOfYear, 3),
    m: () => pad(date.getUTCMonth() + 1),
    M: () => pad(date.getUTCMinutes()),
    p: () => (hour < 12 ? 'AM' : 'PM'),
    S: () => pad(date.getUTCSeconds()),
    w: () => String(date.getUTCDay()),
    y: () => pad(date.getUTCFullYear() % 100),
    Y: () => String(date.getUTCFullYear()),
    Z: () => 'UTC',
    z: () => '+0000',
    F: () => strftime(date, '%Y-%m-%d'),
    T: () => strftime(date, '%H:%M:%S'),
    c: () => strftime(date, '%a %b %e %H:%M:%S %Y'),
    '%': () => '%',
  }
  return format.replace(/%(-?)(.)/g, (whole, unpadded: string, letter: string) => {
    const text = directives[letter]?.()
    if (text === undefined) return whole
    return unpadded ? text.replace(/^[0 ]+(?=.)/, '') : text
  })
}
