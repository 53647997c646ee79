import { spawnSync } from 'node:child_process'

const works = (program: string, args: readonly string[]): boolean => spawnSync(program, args, { stdio: 'ignore' }).status === 0

/** python3 itself, not a wrapper of it: a version manager's would be one more process. */
function findPython(): string | undefined {
  const answer = spawnSync('python3', ['-c', 'import http.server, sys; print(sys.executable)'], { encoding: 'utf8' })
  return answer.status === 0 ? answer.stdout.trim() : undefined
}

export const python = findPython()
export const hasRedis = works('redis-server', ['--version']) && works('redis-benchmark', ['--version'])

/** Why these tests are skipped; empty: they run. */
export const missing = [hasRedis ? [] : ['redis-server and redis-benchmark'], python === undefined ? ['python3'] : []].flat().join(', ')
