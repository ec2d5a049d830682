/**
 * Lets everything else that waits run once: timers, messages, an abort. A microtask (`await null`) lets none of them.
 *
 * Each platform's cheapest macrotask: a timer on workerd (half the cost of its `scheduler.wait`), Node's setImmediate, a
 * message to oneself in browsers (whose timers are held back to 4 ms when nested).
 */
export async function pause(): Promise<void> {
  await platformPause()
  count++
}

/**
 * How many pauses there were, anybody's. Where it has changed, everything that waited has had its turn in between, and
 * one need not pause again.
 */
export function pauses(): number {
  return count
}

let count = 0
const platformPause = choosePause()

interface Platform {
  /** Workerd's alone has this. */
  scheduler?: { wait?: unknown }
  setImmediate?: (callback: () => void) => unknown
  MessageChannel?: new () => {
    port1: object
    port2: { postMessage(message: null): void }
  }
}

function choosePause(): () => Promise<void> {
  const { scheduler, setImmediate, MessageChannel } = globalThis as Platform
  if (setImmediate) return () => new Promise((resolve) => setImmediate(resolve))
  if (scheduler?.wait || !MessageChannel) {
    return () => new Promise((resolve) => setTimeout(resolve, 0))
  }
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  Object.assign(port1, { onmessage: () => waiting.shift()?.() })
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      port2.postMessage(null)
    })
}
