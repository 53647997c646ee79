import { keyOfCharacter, keyOfSequence } from './keys.ts'

/** What came from the keyboard: a key by its name, or text that was pasted and must never act as keys. */
export type Input = { readonly kind: 'key'; readonly key: string } | { readonly kind: 'paste'; readonly text: string }

export interface Decoder {
  /** Takes what was read; gives what is complete. */
  push(chunk: string): Input[]
  /** Whether something is held back: an escape sequence or a paste that may go on. */
  readonly waiting: 'no' | 'escape' | 'paste'
  /** Nothing more came: a lone ESC is the key, half a sequence is dropped, a paste without an end is over. */
  flush(): Input[]
}

const ESC = '\x1b'
const PASTE_START = `${ESC}[200~`
const PASTE_END = `${ESC}[201~`

/** More of a paste, or of a sequence, than this is not kept. */
const LONGEST_PASTE = 65_536
const LONGEST_SEQUENCE = 256

/** Turns bytes from a terminal into keys; for any input whatsoever, in bounded memory. */
export function createDecoder(): Decoder {
  let held = ''
  let pasted: string | undefined

  const continuePaste = (chunk: string, inputs: Input[]): string => {
    const all = (pasted ?? '') + chunk
    const end = all.indexOf(PASTE_END)
    if (end === -1) {
      // the end marker may be cut in two: its beginning is always among the last characters kept
      pasted = all.length <= LONGEST_PASTE ? all : all.slice(0, LONGEST_PASTE - PASTE_END.length) + all.slice(-PASTE_END.length)
      return ''
    }
    pasted = undefined
    inputs.push({ kind: 'paste', text: all.slice(0, end) })
    return all.slice(end + PASTE_END.length)
  }

  const takeOne = (text: string, inputs: Input[]): string => {
    const taken = text.startsWith(ESC) ? escapeSequence(text) : character(text)
    if (taken === 'incomplete') {
      held = text.length > LONGEST_SEQUENCE ? '' : text
      return ''
    }
    if (text.startsWith(PASTE_START)) {
      pasted = ''
      return continuePaste(text.slice(PASTE_START.length), inputs)
    }
    if (taken.key !== undefined) inputs.push({ kind: 'key', key: taken.key })
    return text.slice(taken.length)
  }

  return {
    push(chunk) {
      const inputs: Input[] = []
      let rest = pasted === undefined ? held + chunk : continuePaste(chunk, inputs)
      held = ''
      while (rest !== '') rest = takeOne(rest, inputs)
      return inputs
    },
    get waiting() {
      if (pasted !== undefined) return 'paste'
      return held === '' ? 'no' : 'escape'
    },
    flush() {
      const lone = held === ESC
      held = ''
      pasted = undefined
      return lone ? [{ kind: 'key', key: 'escape' }] : []
    }
  }
}

interface Whole {
  readonly length: number
  /** undefined: nothing that we know. */
  readonly key: string | undefined
}
type Taken = Whole | 'incomplete'

function character(text: string): Whole {
  const length = (text.codePointAt(0) ?? 0) > 0xffff ? 2 : 1
  return { length, key: keyOfCharacter(text.slice(0, length)) }
}

/** The sequence at the start of `text`, which starts with ESC. */
function escapeSequence(text: string): Taken {
  const introducer = text[1]
  if (introducer === undefined) return 'incomplete'
  if (introducer === ESC) return { length: 1, key: 'escape' }
  if (introducer === '[') return controlSequence(text)
  if (introducer === 'O') return text.length < 3 ? 'incomplete' : { length: 3, key: keyOfSequence(text.slice(2, 3)) }
  if (']P_^X'.includes(introducer)) return controlString(text)
  const { length, key } = character(text.slice(1))
  return { length: 1 + length, key: `alt-${key}` }
}

/** CSI: parameters and intermediates, then one final byte (ECMA-48 5.4); `ESC [ [ A` is the Linux console's F1. */
function controlSequence(text: string): Taken {
  const match = /^\[(?:\[[A-E]|[0-?]*[ -/]*[@-~])/.exec(text.slice(1))
  if (match !== null && !(match[0] === '[[' && text.length < 4)) {
    return { length: 1 + match[0].length, key: keyOfSequence(match[0].slice(1)) }
  }
  if (/^\[(?:\[?|[0-?]*[ -/]*)$/.test(text.slice(1))) return 'incomplete'
  return { length: 2, key: undefined } // no sequence at all: forget its introducer, look at the rest as it is
}

/** OSC, DCS and the like: answers of the terminal, up to BEL or ESC \. */
function controlString(text: string): Taken {
  const match = /\x07|\x1b\\/.exec(text)
  return match === null ? 'incomplete' : { length: match.index + match[0].length, key: undefined }
}
