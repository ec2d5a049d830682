import { expect } from 'vitest'

/** `expect.poll` with the patience that a busy machine needs. */
export function eventually<T>(read: () => T | Promise<T>) {
  return expect.poll(read, { timeout: 30_000, interval: 50 })
}
