import { spawn } from 'node:child_process'

/** How long the detached supervisor is watched for an early end, ms. */
const WATCH_MS = 1000

/** `--detach`: the same command in a session of its own, without a terminal; says its pid, or why it ended at once. */
export async function detach(name: string): Promise<number> {
  const args = process.argv.slice(2)
  const end = args.indexOf('--')
  const options = (end === -1 ? args : args.slice(0, end)).filter((argument) => argument !== '--detach')
  const command = end === -1 ? [] : args.slice(end)
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...options, '--no-ui', ...command], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe']
  })
  let problem = ''
  child.stderr.setEncoding('utf8')
  child.stderr.on('data', (text: string) => {
    problem = (problem + text).slice(-4096)
  })
  const code = await new Promise<number | undefined>((resolve) => {
    const timer = setTimeout(() => resolve(undefined), WATCH_MS)
    child.once('error', (error) => {
      clearTimeout(timer)
      problem = error.message
      resolve(1)
    })
    child.once('exit', (exitCode) => {
      clearTimeout(timer)
      resolve(exitCode ?? 1)
    })
  })
  if (code === undefined) {
    console.log(`tsupervise: ${name} runs in the background as pid ${child.pid}; stop it with: kill ${child.pid}`)
    child.stderr.destroy()
    child.unref()
    return 0
  }
  if (problem !== '') console.error(problem.trimEnd())
  console.error(`tsupervise: the detached supervisor ended at once with ${code}`)
  return code
}
