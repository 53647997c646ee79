import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { childrenOf } from '../helpers/proc.ts'
import { identityOf, isAlive, killIdentity } from '../helpers/processes.ts'
import { waitUntil } from '../helpers/wait-until.ts'

const SSHD = '/usr/sbin/sshd'
/** Where sshd wants an empty folder when it runs as root. */
const PRIVILEGE_SEPARATION = '/run/sshd'

/** Why there can be no real sshd here; undefined: there can. */
export function noSshd(): string | undefined {
  if (!existsSync(SSHD)) return "Debian's openssh-server is not installed"
  if (process.geteuid?.() === 0 && readFileSync('/etc/shadow', 'utf8').includes('\nroot:!')) return 'the account of root is locked'
  if (!hasName()) return 'this user has no entry in the password file'
  return userInfo().shell?.endsWith('/nologin') ? 'this user may not log in' : undefined
}

function hasName(): boolean {
  try {
    return userInfo().username !== ''
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR') return false
    throw error
  }
}

/** A real sshd on a high loopback port, with keys of its own, and an `ssh` that knows it as `test-host`. */
export async function startSshd() {
  const folder = mkdtempSync(join(tmpdir(), 'tsupervise-sshd-'))
  const port = await freePort()
  const write = (name: string, text: string, mode = 0o600): string => {
    writeFileSync(join(folder, name), text)
    chmodSync(join(folder, name), mode)
    return join(folder, name)
  }
  const makeKey = (name: string): string => {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', join(folder, name)])
    return readFileSync(join(folder, `${name}.pub`), 'utf8')
  }
  if (process.geteuid?.() === 0) mkdirSync(PRIVILEGE_SEPARATION, { recursive: true, mode: 0o755 })
  const [hostKey, userKey] = [makeKey('host'), makeKey('user')]
  const authorized = write('authorized', userKey)
  const known = write('known', `[127.0.0.1]:${port} ${hostKey}`)
  const config = write(
    'sshd_config',
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(folder, 'host')}`,
      `AuthorizedKeysFile ${authorized}`,
      'PidFile none',
      'UsePAM no',
      'StrictModes no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin yes'
    ].join('\n')
  )
  const client = write(
    'ssh_config',
    [
      'Host test-host',
      'HostName 127.0.0.1',
      `Port ${port}`,
      `User ${userInfo().username}`,
      `IdentityFile ${join(folder, 'user')}`,
      'IdentitiesOnly yes',
      `UserKnownHostsFile ${known}`,
      'StrictHostKeyChecking yes'
    ].join('\n')
  )
  mkdirSync(join(folder, 'bin'))
  write('bin/ssh', `#!/bin/sh\nexec /usr/bin/ssh -F ${client} "$@"\n`, 0o755)

  let said = ''
  const server = spawn(SSHD, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] })
  server.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const pid = server.pid
  if (pid === undefined) throw new Error('sshd was not started')
  await waitUntil(
    () => said.includes('Server listening'),
    () => `sshd to listen; it said: ${said}`
  )

  return {
    env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}` },
    /** One process for each connection that was made to it. */
    connections: () => childrenOf(pid),
    /** As a network that breaks: the far end is gone. */
    breakConnections() {
      for (const child of childrenOf(pid)) {
        for (const one of [...childrenOf(child), child]) {
          const identity = identityOf(one)
          if (identity !== undefined) killIdentity(identity)
        }
      }
    },
    log: () => said,
    async close(): Promise<void> {
      const own = identityOf(pid)
      // sshd writes its title over its environment: no mark is left to be found by
      if (own !== undefined) killIdentity(own)
      await waitUntil(() => own === undefined || !isAlive(own), 'the end of sshd')
      rmSync(folder, { recursive: true, force: true })
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
