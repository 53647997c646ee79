// A service that behaves: a little work now and then, and one helper process.
import { spawn } from 'node:child_process'

const helper = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
let requests = 0

setInterval(() => {
  requests += 1 + Math.floor(Math.random() * 20)
  const until = performance.now() + 8
  while (performance.now() < until);
}, 200)
setInterval(() => console.log(`served ${requests} requests`), 5000)

process.on('SIGTERM', () => {
  console.log('finishing the open requests')
  helper.kill()
  setTimeout(() => process.exit(0), 300)
})
console.log('listening')
