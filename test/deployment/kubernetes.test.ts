import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DaemonSet, Deployment } from 'kubernetes-models/apps/v1'
import { ConfigMap } from 'kubernetes-models/v1'
import { expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { parseArguments } from '../../src/config/arguments.ts'
import { ROOT } from '../helpers/command.ts'

const MODELS = { DaemonSet, Deployment, ConfigMap }

interface Manifest {
  readonly kind: keyof typeof MODELS
}

const documentsOf = (file: string): readonly Manifest[] =>
  parseAllDocuments(readFileSync(join(ROOT, 'examples/kubernetes', file), 'utf8')).map((document) => document.toJS() as Manifest)

const validate = (manifest: Manifest): void => new MODELS[manifest.kind](manifest as object as never).validate()

/** Every container that runs tsupervise, wherever it is in a manifest. */
function argumentsIn(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return []
  const { command, args } = value as { command?: unknown; args?: unknown }
  if (Array.isArray(command) && command[0] === 'tsupervise' && Array.isArray(args)) return [args.map(String)]
  return Object.values(value).flatMap(argumentsIn)
}

test.each(['sidecar.yaml', 'daemonset.yaml'])('%s holds to the published schemas of Kubernetes', (file) => {
  const manifests = documentsOf(file)
  expect(manifests.length).toBeGreaterThan(0)
  for (const manifest of manifests) validate(manifest)
})

test('a manifest with a mistake does not', () => {
  const [manifest] = documentsOf('sidecar.yaml')
  expect(() => validate({ ...manifest, spec: { selector: {}, template: { spec: { containers: [{ name: 1 }] } } } } as never)).toThrow(
    'name'
  )
})

test.each(['sidecar.yaml', 'daemonset.yaml'])('%s gives tsupervise options that exist', async (file) => {
  const found = documentsOf(file).flatMap(argumentsIn)
  expect(found.length).toBe(1)
  for (const args of found)
    expect(await parseArguments(args.map((arg) => arg.replace('$(POD_IP)', '127.0.0.1')))).toMatchObject({ kind: 'run' })
})

test('the configuration in the DaemonSet is a map that names a worker', () => {
  const [configMap] = documentsOf('daemonset.yaml') as readonly (Manifest & { readonly data?: Record<string, string> })[]
  expect(parse(configMap?.data?.['tsupervise.yaml'] ?? '')).toMatchObject({ worker: { name: 'exporter' } })
})
