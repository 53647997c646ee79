// Calm for a while, then busy for longer than its limit allows; the work is done by children, as in real programs.
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'

const burners = Math.max(1, Math.ceil(availableParallelism() / 8))
const burn = 'const end = Date.now() + 30000; while (Date.now() < end);'

function rebuild() {
  console.log(`rebuilding the index with ${burners} process${burners === 1 ? '' : 'es'}`)
  for (let i = 0; i < burners; i++) spawn(process.execPath, ['-e', burn], { stdio: 'inherit' })
}

console.log('index is current')
setTimeout(rebuild, 8000)
setInterval(() => undefined, 1000)
