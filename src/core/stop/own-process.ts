import { spawn } from 'node:child_process'

/** Stops this process and the others of its job, as the terminal's suspend key does; a shell then gives its prompt back. */
export const stopOwnGroup = (): boolean => process.kill(0, 'SIGSTOP')

/** Continues a process that is about to stop itself, within 100 ms, from outside of its group. */
export function continueLater(pid: number): void {
  spawn('/bin/sh', ['-c', `sleep 0.06; kill -s CONT ${pid}`], { detached: true, stdio: 'ignore' }).unref()
}
