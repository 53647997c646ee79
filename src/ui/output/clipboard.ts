/** OSC 52 of xterm: what a terminal, or tmux with set-clipboard, puts into the clipboard of whoever sits before it. */
export const toClipboard = (text: string): string => `\x1b]52;c;${Buffer.from(text, 'utf8').toString('base64')}\x07`
