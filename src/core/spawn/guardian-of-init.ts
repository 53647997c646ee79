import type { Guardian } from '../ports.ts'

/** As PID 1: when it ends, however that happens, the kernel kills everything else in its pid namespace; pid_namespaces(7). */
export const guardianOfInit = (): Guardian => ({
  facility: {
    name: 'guardian',
    available: false,
    detail: 'none is needed as PID 1: when it ends, the kernel ends everything else in its pid namespace'
  },
  know: () => Promise.resolve(),
  forget: () => undefined,
  disarm: () => undefined,
  left: () => Promise.resolve()
})
