/**
 * Lets everything else that waits run once: timers, messages, an abort. A microtask (`await null`) lets none of them.
 *
 * Each platform's cheapest macrotask: workerd's scheduler, Node's setImmediate, a message to oneself in browsers
 * (whose timers are held back to 4 ms when nested).
 */
export const pause: () => Promise<void> = choosePause()

interface Platform {
  scheduler?: { wait?: (milliseconds: number) => Promise<void> }
  setImmediate?: (callback: () => void) => unknown
  MessageChannel?: new () => {
    port1: object
    port2: { postMessage(message: null): void }
  }
}

function choosePause(): () => Promise<void> {
  const { scheduler, setImmediate, MessageChannel } = globalThis as Platform
  if (scheduler?.wait) return () => scheduler.wait!(0)
  if (setImmediate) return () => new Promise((resolve) => setImmediate(resolve))
  if (!MessageChannel) return () => new Promise((resolve) => setTimeout(resolve, 0))
  const { port1, port2 } = new MessageChannel()
  const waiting: (() => void)[] = []
  Object.assign(port1, { onmessage: () => waiting.shift()?.() })
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      port2.postMessage(null)
    })
}
