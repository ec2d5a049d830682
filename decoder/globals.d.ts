// The few platform globals the decoder uses: those that Node, workerd, every browser and its workers share.
interface AbortSignal {
  readonly aborted: boolean
}
declare class TextEncoder {
  encode(text: string): Uint8Array
}
declare class TextDecoder {
  constructor(label: 'utf-8', options?: { fatal?: boolean; ignoreBOM?: boolean })
  decode(bytes?: Uint8Array, options?: { stream?: boolean }): string
}
declare const crypto: { getRandomValues<T extends ArrayBufferView>(array: T): T }
declare function setTimeout(callback: () => void, milliseconds: number): unknown
