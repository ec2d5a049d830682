import { answersOn, type SessionState } from '../chat/session-state.ts'
import type { Words } from './words.ts'

export interface Status {
  text: string
  /** `good`: answers come. `off`: they come from this device because the network is gone, or not at all. */
  tone: 'good' | 'off'
}

/** The state of the chat in words, as the line under the name says it. */
export function statusOf(state: SessionState, words: Words): Status {
  const { turns, place, device, online, edgeLost, wait } = state
  const deviceReady = device.phase === 'ready'
  if (!online) return { text: deviceReady ? words.offlineDevice : words.offline, tone: 'off' }
  if (place === 'device' && deviceReady) return { text: words.thisDevice, tone: 'good' }
  if (edgeLost) return { text: deviceReady ? words.offlineDevice : words.edgeLost, tone: 'off' }
  if (wait > 0) return { text: words.busyFor(wait), tone: 'off' }
  const writing = turns.at(-1)?.status
  if (writing === 'waiting' || writing === 'streaming') {
    return { text: words.answering, tone: 'good' }
  }
  return { text: words.answersSoon, tone: 'good' }
}

/** True if the next answer is made on this device and nothing is sent anywhere. */
export function staysHere(state: SessionState): boolean {
  return answersOn(state) === 'device'
}
