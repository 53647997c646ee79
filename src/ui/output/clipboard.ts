const ESC = '\x1b'

/**
 * OSC 52 of xterm: what a terminal puts into the clipboard of whoever sits before it. tmux may keep it for itself, so there it is also
 * sent past tmux (its DCS passthrough, in which every ESC stands twice).
 */
export function toClipboard(text: string, inTmux: boolean): string {
  const sequence = `${ESC}]52;c;${Buffer.from(text, 'utf8').toString('base64')}\x07`
  return inTmux ? `${sequence}${ESC}Ptmux;${sequence.replaceAll(ESC, ESC + ESC)}${ESC}\\` : sequence
}
