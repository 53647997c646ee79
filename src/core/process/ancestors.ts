/** Parents of this process up to init, by a list of processes. */
export function ancestorsOfUs(listed: readonly { readonly pid: number; readonly ppid: number }[]): readonly number[] {
  const parents = new Map(listed.map(({ pid, ppid }) => [pid, ppid]))
  const found: number[] = []
  for (let pid = process.ppid; pid > 0 && !found.includes(pid); pid = parents.get(pid) ?? 0) found.push(pid)
  return found
}
