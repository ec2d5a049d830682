/** Bytes as people read them: `850 kB`, `5.7 MB`, `240 MB`. */
export function sizeInWords(bytes: number): string {
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
}
