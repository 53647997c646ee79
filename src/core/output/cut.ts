import { StringDecoder } from 'node:string_decoder'

/** The longest beginning of `text` that fits into `bytes` of UTF-8, never half a character. */
export function cutBytes(text: string, bytes: number): string {
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return text
  const decoder = new StringDecoder('utf8')
  return decoder.write(Buffer.from(text.slice(0, bytes)).subarray(0, bytes))
}
