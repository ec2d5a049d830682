/** Bytes as people read them: decimal megabytes, one decimal under 100 MB. */
export function megabytes(bytes: number, lang: string): string {
  return `${number(bytes, lang)} MB`
}

/** The same for the first of two amounts: "3.8 of 6.1 MB" names the unit once. */
export function number(bytes: number, lang: string): string {
  const value = bytes / 1e6
  const digits = value < 100 ? 1 : 0
  const shown = value > 0 ? Math.max(value, 0.1) : 0
  return shown.toLocaleString(lang || 'en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
}
