import type { Message } from './chat-engine.ts'

/** What the page and its device worker say to each other. Every request has an id; answers carry it. */
export type DeviceRequest =
  | { type: 'size'; id: number; place: ModelPlace }
  | { type: 'load'; id: number; place: ModelPlace }
  | { type: 'reply'; id: number; messages: readonly Message[]; options: DeviceReplyOptions }
  | { type: 'abort'; id: number }

export type DeviceAnswer =
  | { type: 'size'; id: number; bytes: number }
  | { type: 'progress'; id: number; loaded: number; total: number }
  | { type: 'loaded'; id: number; note: string | null }
  | { type: 'text'; id: number; text: string }
  | { type: 'done'; id: number; finish_reason: string; completionTokens: number }
  | { type: 'error'; id: number; code: string; message: string }

/** Where a model's files and the engine's are. */
export interface ModelPlace {
  /** Hub id, or URL of the folder. */
  model: string
  /** Hub to find an id at; empty: the Hugging Face hub. */
  host: string
  /** URL that the engine's own files are under, with a slash at the end. */
  runtimeBase: string
}

/** Options of the decoder by their names; the worker checks them. */
export type DeviceReplyOptions = Readonly<Record<string, unknown>>
