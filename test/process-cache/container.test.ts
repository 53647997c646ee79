import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { containerIdOf } from '../../src/core/process/details/container.ts'

const ID = 'ae7a1981e064c217035e0b23979c8defd51c3d1e0f6e9a1b2c3d4e5f60718293'
const SHORT = 'ae7a1981e064c217035e0b23979c8de'

describe('container id', () => {
  test.each<[string, string | undefined]>([
    [`0::/kubepods/besteffort/pod26abcdef-0000/${ID}`, SHORT],
    [`4:memory:/kubepods/burstable/pod26ab/${ID}`, SHORT],
    [`0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod26ab.slice/cri-containerd-${ID}.scope`, SHORT],
    [`1:name=systemd:/kubepods.slice/kubepods-pod26ab.slice/crio-${ID}.scope`, SHORT],
    [`0::/kubelet/kubepods-besteffort-pod26ab.slice:cri-containerd:${ID}`, SHORT],
    [`12:cpu,cpuacct:/docker/${ID}`, SHORT],
    [`0::/system.slice/docker-${ID}.scope`, SHORT],
    [`0::/docker/${ID}/init.scope`, SHORT],
    [`0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-${ID}.scope/container`, SHORT],
    [`0::/machine.slice/libpod-${ID}.scope`, SHORT],
    [`0::/machine.slice/libpod-conmon-${ID}.scope`, SHORT],
    [`0::/nomad/${ID}`, SHORT],
    [`0::/some/${ID.slice(0, 32)}`, SHORT],
    ['0::/libpod_parent/conmon', undefined],
    ['0::/system.slice/kubelet.service', undefined],
    ['0::/kubepods.slice/kubelet.service', undefined],
    ['0::/system.slice/docker.service', undefined],
    [`0::/kubepods/${'x'.repeat(60)}-service`, undefined],
    ['0::/user.slice/user-1000.slice/session-3.scope', undefined],
    [`0::/some/${ID.slice(0, 31)}`, undefined],
    [`0::/some/${ID.slice(0, 30)}`, undefined],
    ['0::/', undefined],
    ['', undefined]
  ])('of %s is %s', (line, expected) => {
    expect(containerIdOf(`${line}\n`)).toBe(expected)
  })

  test('the first line that has one counts', () => {
    const v1 = ['12:pids:/', '11:memory:/user.slice', `10:cpu:/docker/${ID}`, `9:cpuset:/docker/${'0'.repeat(64)}`, '0::/']
    expect(containerIdOf(v1.join('\n'))).toBe(SHORT)
  })

  test('whatever the lines are, an id has 31 characters', () => {
    const part = fc.constantFrom('/', ':', '-', '.scope', 'docker', 'pods', 'libpod', ID, ID.slice(0, 33), 'a', '\n', '0::')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        expect(containerIdOf(parts.join(''))?.length ?? 31).toBe(31)
      })
    )
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => (containerIdOf(text)?.length ?? 31) === 31))
  })
})
