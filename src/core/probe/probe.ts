import { connect } from 'node:net'
import type { Clock } from '../ports.ts'
import type { Probe } from '../settings.ts'
import { type CommandPorts, runCommand } from '../side-command/run.ts'
import { describeCommandEnd } from '../side-command/wording.ts'
import { probeHttp } from './http.ts'
import { type ProbeResult, unhealthy } from './result.ts'

/** One attempt, of `timeoutMs` at most. Never rejects: what goes wrong is the detail, one sentence. */
export function runProbe(probe: Probe, timeoutMs: number, ports: CommandPorts): Promise<ProbeResult> {
  switch (probe.kind) {
    case 'exec':
      return probeExec(probe.argv, timeoutMs, ports)
    case 'tcp':
      return probeTcp(probe, timeoutMs, ports.clock)
    case 'http':
      return probeHttp(probe, timeoutMs, ports.clock)
  }
}

async function probeExec(argv: readonly string[], timeoutMs: number, ports: CommandPorts): Promise<ProbeResult> {
  const outcome = await runCommand({ argv, timeoutMs, stdin: undefined }, ports)
  if (outcome.kind === 'exited' && outcome.exit.code === 0) return { healthy: true }
  return unhealthy(describeCommandEnd(outcome, timeoutMs))
}

function probeTcp({ host, port }: Extract<Probe, { kind: 'tcp' }>, timeoutMs: number, clock: Clock): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const settle = (result: ProbeResult): void => {
      cancel()
      socket.destroy()
      resolve(result)
    }
    const cancel = clock.after(timeoutMs, () => settle(unhealthy(`${host}:${port} did not answer within ${timeoutMs} ms`)))
    socket.on('connect', () => settle({ healthy: true }))
    socket.on('error', (error) => settle(unhealthy(`${host}:${port}: ${error.message}`)))
  })
}
