#!/usr/bin/env node
// Parsed by whatever Node is installed, however old: nothing here but the version check and the way in.
var version = process.versions.node.split('.').map(Number)
if (version[0] > 22 || (version[0] === 22 && version[1] >= 18)) {
  keepCompiledCode()
  // a check is over before the rest would be loaded
  import(process.argv[2] === 'check' ? '../dist/check.js' : '../dist/cli.js')
} else {
  console.error(
    'tsupervise: needs Node 22.18 or later, but this is Node ' +
      process.versions.node +
      ' (' +
      process.execPath +
      '). Install a newer Node, or put one first in PATH.'
  )
  process.exitCode = 2
}

// The code as Node compiled it is kept for the next start, which takes a third less time: of root in /var/cache, of others in their cache
// folder (XDG base directory specification). Compiled code is trusted as it is, so only where nobody else can write.
function keepCompiledCode() {
  var fs = process.getBuiltinModule('node:fs')
  var path = process.getBuiltinModule('node:path')
  var isRoot = process.geteuid() === 0
  var caches = isRoot ? '/var/cache' : process.env.XDG_CACHE_HOME || (process.env.HOME && path.join(process.env.HOME, '.cache'))
  if (!path.isAbsolute(String(caches))) return
  var folder = path.join(caches, 'tsupervise')
  var made = attempt(() => {
    fs.mkdirSync(folder, { recursive: !isRoot, mode: 448 })
  })
  if (made !== undefined && made !== 'EEXIST') return
  attempt(() => {
    var stats = fs.lstatSync(folder)
    if (!stats.isDirectory() || stats.uid !== process.geteuid() || (stats.mode & 18) !== 0) return
    process.getBuiltinModule('node:module').enableCompileCache(folder)
  })
}

// A folder that cannot be had is a slower start, nothing more.
function attempt(action) {
  try {
    action()
    return undefined
  } catch (error) {
    return error.code
  }
}
