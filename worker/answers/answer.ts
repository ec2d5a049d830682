import type { ChoicePiece } from '../engine/choices.ts'

/** What every answer to a generation request says of itself. */
export interface AnswerHead {
  id: string
  created: number
  model: string
  system_fingerprint: string
}

/** A kind of answer: the same pieces as one object, or as the objects of a stream. */
export interface Answer {
  whole(pieces: AsyncIterable<ChoicePiece>): Promise<object>
  /** Batches of events; each batch goes out as one chunk. */
  stream(pieces: AsyncIterable<ChoicePiece>): AsyncGenerator<object[]>
}
