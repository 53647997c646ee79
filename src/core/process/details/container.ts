/** Of a container id, 64 hexadecimal digits in full, the first so many are kept and shown. */
const SHORT_ID = 31
const FULL_ID = 64
/** What the paths of container runtimes hold. */
const RUNTIME = /pods|docker|libpod/

/** The short id of the container that these lines of /proc/PID/cgroup (v1 and v2) put the process in; undefined: none. Process cache: container. */
export function containerIdOf(cgroup: string): string | undefined {
  for (const line of cgroup.split('\n')) {
    const found = idInLine(line)
    if (found !== undefined) return found
  }
  return undefined
}

function idInLine(line: string): string | undefined {
  const path = line.slice(line.indexOf('/') + 1)
  const components = path.split('/')
  const last = components.at(-1) ?? ''
  if (RUNTIME.test(line)) return idOf(last) ?? enclosing(components.slice(0, -1))
  return isHexadecimal(last) ? last.slice(0, SHORT_ID) : undefined
}

/** `cri-containerd-<id>.scope`, `docker-<id>.scope`, `...slice:cri-containerd:<id>`, `<id>`. */
function idOf(component: string): string | undefined {
  const afterColon = component.slice(component.lastIndexOf(':') + 1)
  const id = afterColon.slice(afterColon.lastIndexOf('-') + 1)
  return id.length >= FULL_ID && !id.endsWith('service') ? id.slice(0, SHORT_ID) : undefined
}

/** The process may be in a cgroup that was made within that of its container: `libpod-<id>.scope/container`. */
function enclosing(components: readonly string[]): string | undefined {
  const whole = (component: string): boolean => /(?:^|[-:])[0-9a-f]{64}(?:\.scope)?$/.test(component)
  const component = components.findLast(whole)
  return component === undefined ? undefined : idOf(component)
}

const isHexadecimal = (component: string): boolean =>
  component.length >= SHORT_ID && component.length % 2 === 0 && /^[0-9a-f]+$/.test(component)
