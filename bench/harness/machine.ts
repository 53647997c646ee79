import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'
import { figure } from './statistics.ts'

/** One paragraph: on what the figures were taken. */
export function describeMachine(): string {
  const [load = 0] = loadavg()
  return [
    `${cpus()[0]?.model.trim() ?? arch()}, ${availableParallelism()} CPUs, ${Math.round(totalmem() / 2 ** 30)} GB`,
    `${type()} ${release()}, ${distribution()}`,
    `Node ${process.versions.node}`,
    `${process.getuid?.() === 0 ? 'as root' : 'as an ordinary user'}, load ${figure(load)} at the start`
  ].join('; ')
}

function distribution(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown distribution'
  } catch {
    return 'unknown distribution'
  }
}
