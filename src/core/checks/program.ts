import { basename } from 'node:path'
import { DELETED, type ProcessView } from './process-view.ts'
import { no, unknown, type Verdict, yes } from './verdict.ts'

/** proc(5): the kernel keeps so many bytes of a name. */
const COMM_BYTES = 15

/** Families of interpreters, with the letters of the options that stand for code or a module instead of a script. */
const INTERPRETERS: readonly (readonly [name: RegExp, code: string])[] = [
  [/^(?:bash|dash|ash|ksh|mksh|zsh|sh|busybox)$/, 'c'],
  [/^(?:python|pypy)[\d.]*$/, 'cm'],
  [/^perl[\d.]*$/, 'eE'],
  [/^(?:node|nodejs|bun|deno)$/, 'ep'],
  [/^php[\d.]*$/, 'r'],
  [/^(?:ruby|lua|luajit|tclsh|wish|guile)[\d.]*$/, 'e']
]

const isCode = (argument: string, code: string): boolean =>
  argument === '-' || argument === '--eval' || argument === '--print' || new RegExp(`^-[a-zA-Z]*[${code}]`).test(argument)

/** The path that the kernel names, without what it adds to a file that is not there any more. */
export const plainPath = (exe: string): string => (exe.endsWith(DELETED) ? exe.slice(0, -DELETED.length) : exe)

/**
 * Matched on what the kernel executes; argv[0] is anybody's word. Where that may not be looked at it is unclear, if the process
 * has, or claims, the name of that file.
 */
export function hasExe(view: ProcessView, path: string): Verdict {
  const exe = view.exe()
  if (exe.kind === 'known') return exe.value === path || plainPath(exe.value) === path ? yes : no
  if (exe.kind === 'absent') return no
  const name = basename(path)
  const mayBe = view.comm === name || isCutName(view, name) || claimedName(view) === name
  return mayBe ? unknown(`its executable cannot be seen (${exe.code})`) : no
}

/**
 * The kernel's name of it, the file that it executes, or the script that its interpreter executes.
 * Where the file may not be looked at, the kernel's name alone decides, unless argv[0] claims to be it: then it is unknown.
 */
export function hasName(view: ProcessView, name: string): Verdict {
  if (view.comm === name) return yes
  if (view.isKernel || view.hasEnded) return isCutName(view, name) ? yes : no
  const exe = view.exe()
  if (exe.kind === 'known' && basename(plainPath(exe.value)) === name) return yes
  if (scriptOf(view)?.split('/').at(-1) === name) return yes
  if (exe.kind !== 'denied' || claimedName(view) !== name) return no
  return isCutName(view, name) ? yes : unknown(`it calls itself ${name}, but its executable cannot be seen (${exe.code})`)
}

export function hasScript(view: ProcessView, script: string): Verdict {
  const found = scriptOf(view)
  if (found === undefined) return no
  return (script.startsWith('/') ? found === script : found.split('/').at(-1) === script) ? yes : no
}

/** Whether the kernel's name is all that it could keep of a longer one. */
const isCutName = ({ comm }: ProcessView, name: string): boolean =>
  Buffer.byteLength(name) > COMM_BYTES && Buffer.from(name).subarray(0, COMM_BYTES).toString() === comm

/** The script in the arguments of an interpreter, as it was written there. */
export function scriptOf(view: ProcessView): string | undefined {
  const exe = view.exe()
  const program = exe.kind === 'known' ? basename(plainPath(exe.value)) : exe.kind === 'denied' ? view.comm : ''
  const code = INTERPRETERS.find(([name]) => name.test(program))?.[1]
  if (code === undefined) return undefined
  const argv = view.argv()
  if (argv.kind !== 'known') return undefined
  for (const argument of argv.value.slice(1)) {
    if (isCode(argument, code)) return undefined
    if (!argument.startsWith('-')) return argument === '' ? undefined : argument
  }
  return undefined
}

/** What argv[0] says; `sshd: user@pts/0` and `-bash` say sshd and bash. */
export function claimedName(view: ProcessView): string | undefined {
  const argv = view.argv()
  if (argv.kind !== 'known') return undefined
  return (argv.value[0] ?? '').split('/').at(-1)?.replace(/^-/, '').replace(/:.*$/s, '')
}
