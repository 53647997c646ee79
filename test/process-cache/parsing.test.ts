import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { binaryPath, namedBinary } from '../../src/core/process/details/binary.ts'
import { capabilityNames } from '../../src/core/process/details/capabilities.ts'
import { namespaceInode, namespacesOf } from '../../src/core/process/details/namespaces.ts'
import { describeProperties, propertiesOf, secureOfAuxv } from '../../src/core/process/details/properties.ts'
import { type Credentials, parseStatusFacts } from '../../src/core/process/details/status-facts.ts'
import { execIdOf, ktimeOfExecId } from '../../src/core/process/exec-id.ts'
import { emptyStatLine, parseStatLine } from '../../src/core/process/stat-line.ts'

describe('binary', () => {
  test('a relative one is made absolute', () => {
    expect(namedBinary('../../bin/cat', '/usr/local/bin')).toBe('/usr/bin/cat')
    expect(namedBinary('/usr/../bin/cat', undefined)).toBe('/bin/cat')
    expect(namedBinary('./x', undefined)).toBeUndefined()
    expect(namedBinary('cat', '/usr/bin')).toBeUndefined()
    expect(namedBinary(undefined, '/')).toBeUndefined()
  })

  test('the suffix of the kernel is taken off, a name that ends so is left', () => {
    const yes = (): boolean => true
    const no = (): boolean => false
    expect(binaryPath('/a (deleted)', 0, yes)).toBe('/a')
    expect(binaryPath('/a (deleted)', 1, no)).toBe('/a')
    expect(binaryPath('/a (deleted)', 1, yes)).toBe('/a (deleted)')
    expect(binaryPath('/a', 0, no)).toBe('/a')
  })
})

describe('capabilities', () => {
  test('by name', () => {
    expect(capabilityNames(0n)).toEqual([])
    expect(capabilityNames(1n << 13n)).toEqual(['CAP_NET_RAW'])
    expect(capabilityNames((1n << 40n) | 1n)).toEqual(['CAP_CHOWN', 'CAP_CHECKPOINT_RESTORE'])
    expect(capabilityNames(1n << 63n)).toEqual(['CAP_63'])
    expect(capabilityNames(0x1ffffffffffn)).toHaveLength(41)
  })
})

const STATUS = `Name:\tx\nUmask:\t0022\nUid:\t1000\t0\t0\t0\nGid:\t1001\t1002\t1003\t1004\nGroups:\t4 27 \nNSpid:\t4711\t7\t1\nCapInh:\t0000000000000000\nCapPrm:\t000001ffffffffff\nCapEff:\t0000000000002000\nCapAmb:\t0000000000000001\n`

describe('status', () => {
  test('tells ids, capabilities and the innermost pid', () => {
    const found = parseStatusFacts(STATUS)
    expect(found).toMatchObject({
      innerPid: 1,
      pidNamespaces: 3,
      credentials: { uid: 1000, euid: 0, suid: 0, fsuid: 0, gid: 1001, egid: 1002, sgid: 1003, fsgid: 1004, groups: [4, 27], ambient: 1n }
    })
    expect(found?.credentials.effective).toBe(0x2000n)
  })

  test('cut short anywhere it is all or nothing', () => {
    for (let end = 0; end < STATUS.length; end++) {
      const found = parseStatusFacts(STATUS.slice(0, end))
      if (found !== undefined) expect(found.credentials.permitted).toBe(0x1ffffffffffn)
    }
    fc.assert(fc.property(fc.string({ maxLength: 500 }), (text) => parseStatusFacts(text) === undefined))
  })
})

describe('namespaces', () => {
  test('are compared with those of pid 1', () => {
    const links: Readonly<Record<string, string>> = {
      '1 net': 'net:[10]',
      '7 net': 'net:[11]',
      '7 uts': 'uts:[4026531838]',
      '1 mnt': 'mnt:[5]',
      '7 mnt': 'mnt:[5]'
    }
    const found = namespacesOf(7, (pid, name) => links[`${pid} ${name}`])
    // uts of pid 1 could not be read: the kernel gives the first one a fixed number
    expect(found).toEqual({ uts: { inode: 4026531838, isHost: true }, mnt: { inode: 5, isHost: true }, net: { inode: 11, isHost: false } })
  })

  test('that cannot be compared are unknown', () => {
    expect(namespacesOf(7, (pid, name) => (pid === 7 && name === 'net' ? 'net:[11]' : undefined))).toEqual({
      net: { inode: 11, isHost: undefined }
    })
    expect(namespacesOf(7, () => undefined)).toBeUndefined()
    expect(namespaceInode('net:[x]')).toBeUndefined()
  })
})

describe('binary properties', () => {
  const nobody: Credentials = {
    uid: 1000,
    euid: 1000,
    suid: 1000,
    fsuid: 1000,
    gid: 1000,
    egid: 1000,
    sgid: 1000,
    fsgid: 1000,
    groups: [],
    permitted: 0n,
    effective: 0n,
    inheritable: 0n,
    ambient: 0n
  }
  const file = { inode: '7', links: 1, mode: 0o100755, uid: 0, gid: 0 }
  const never = (): never => {
    throw new Error('asked for nothing')
  }

  test('of an ordinary program are none', () => {
    expect(propertiesOf({ file, credentials: nobody, isSecure: never })).toEqual({
      setuid: undefined,
      setgid: undefined,
      privilegesChanged: [],
      unlinked: undefined
    })
  })

  test('a setuid program raised the effective id, unless it was that before', () => {
    const setuid = { ...file, mode: 0o104755 }
    const raised = propertiesOf({ file: setuid, credentials: { ...nobody, euid: 0, permitted: 1n }, isSecure: never })
    expect(raised).toMatchObject({ setuid: 0, privilegesChanged: ['setuid'] })
    expect(propertiesOf({ file: setuid, credentials: { ...nobody, uid: 0, euid: 0, permitted: 1n }, isSecure: never })).toMatchObject({
      setuid: undefined,
      privilegesChanged: []
    })
    // on a nosuid file system nothing was raised
    expect(propertiesOf({ file: setuid, credentials: nobody, isSecure: never })).toMatchObject({ setuid: undefined })
  })

  test('a setgid program likewise; without execution by the group the bit means something else', () => {
    const credentials = { ...nobody, egid: 0 }
    expect(propertiesOf({ file: { ...file, mode: 0o102755 }, credentials, isSecure: never })).toMatchObject({
      setgid: 0,
      privilegesChanged: ['setgid']
    })
    expect(propertiesOf({ file: { ...file, mode: 0o102745 }, credentials, isSecure: never })).toMatchObject({ setgid: undefined })
  })

  test('file capabilities: more than the ambient ones, and the kernel says so; what it does not say is unknown', () => {
    const credentials = { ...nobody, permitted: 0x2000n }
    expect(propertiesOf({ file, credentials, isSecure: () => true })).toMatchObject({ privilegesChanged: ['file-capabilities'] })
    expect(propertiesOf({ file, credentials, isSecure: () => false })).toMatchObject({ privilegesChanged: [] })
    expect(propertiesOf({ file, credentials, isSecure: () => undefined })).toBeUndefined()
    expect(propertiesOf({ file, credentials: { ...credentials, ambient: 0x2000n }, isSecure: never })).toMatchObject({
      privilegesChanged: []
    })
  })

  test('a binary without a name', () => {
    const properties = propertiesOf({ file: { ...file, links: 0 }, credentials: nobody, isSecure: never })
    expect(properties?.unlinked).toEqual({ inode: '7' })
    expect(properties && describeProperties(properties)).toEqual(['unlinked binary (inode 7)'])
  })

  test('AT_SECURE is found among the words of auxv', () => {
    const words = (...pairs: [bigint, bigint][]): Buffer => {
      const bytes = Buffer.alloc(pairs.length * 16)
      for (const [index, [key, value]] of pairs.entries()) {
        bytes.writeBigUInt64LE(key, index * 16)
        bytes.writeBigUInt64LE(value, index * 16 + 8)
      }
      return bytes
    }
    expect(secureOfAuxv(words([6n, 4096n], [23n, 1n]))).toBe(true)
    expect(secureOfAuxv(words([23n, 0n], [0n, 0n]))).toBe(false)
    expect(secureOfAuxv(words([6n, 4096n]))).toBeUndefined()
    expect(secureOfAuxv(words([23n, 1n]).subarray(0, 15))).toBeUndefined()
  })
})

test('the ktime of an execution id is read back, colons in the name of the node or not', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z:.-]{1,20}$/), fc.bigInt(0n, 2n ** 63n), fc.nat(4_194_304), (node, ktime, pid) => {
      expect(ktimeOfExecId(execIdOf(node, ktime, pid))).toBe(ktime)
    })
  )
  expect(ktimeOfExecId('')).toBeUndefined()
  expect(ktimeOfExecId('no id at all')).toBeUndefined()
})

test('a stat line whose name holds brackets and blanks', () => {
  const numbers = Array.from({ length: 49 }, (_, index) => index + 4)
  const bytes = Buffer.from(`206305 (zsh( )foo) S 206303 ${numbers.slice(1).join(' ')}\n`)
  const line = emptyStatLine()
  expect(parseStatLine(bytes, bytes.length, line)).toBe(true)
  expect(line).toMatchObject({ pid: 206305, comm: 'zsh( )foo', ppid: 206303, startTime: 22, exitCode: 52 })
})
