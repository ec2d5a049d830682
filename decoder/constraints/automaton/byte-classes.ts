import type { Automaton } from './automaton.ts'

/** A number for each byte, the same for bytes that no edge tells apart. */
export function byteClasses({ bytes }: Automaton): Uint8Array {
  const begins = new Uint8Array(257)
  for (let e = 0; e < bytes.values.length; e += 3) {
    begins[bytes.values[e]!] = 1
    begins[bytes.values[e + 1]! + 1] = 1
  }
  const classes = new Uint8Array(256)
  let group = 0
  for (let byte = 1; byte < 256; byte++) {
    group += begins[byte]!
    classes[byte] = group
  }
  return classes
}
