export type OwnHealth = 'none' | 'close-interface' | 'shutdown'

/** What the supervisor does about its own memory: first it gives up the interface, then it ends with 78. */
export function judgeOwnHealth(own: { readonly rssBytes: number; readonly limitBytes: number; readonly hasInterface: boolean }): OwnHealth {
  if (own.rssBytes <= own.limitBytes) return 'none'
  return own.hasInterface ? 'close-interface' : 'shutdown'
}
