/** How what is known of a process was found, in the order in which they are written; process cache: arguments. */
export const PROCESS_FLAGS = [
  'execve',
  'clone',
  'procFS',
  'truncArgs',
  'miss',
  'nocwd',
  'rootcwd',
  'errorCWD',
  'errorArgs',
  'inInitTree'
] as const

export type ProcessFlag = (typeof PROCESS_FLAGS)[number]

/** How an image was made, as a flag. */
export const FLAG_OF = { exec: 'execve', clone: 'clone', found: 'procFS' } as const satisfies Record<string, ProcessFlag>

/** Joined by one blank, in their order, each once. */
export const flagText = (...flags: readonly ProcessFlag[]): string => PROCESS_FLAGS.filter((flag) => flags.includes(flag)).join(' ')
