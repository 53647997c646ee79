#!/usr/bin/env node
// Parsed by whatever Node is installed, however old: nothing here but the version check and the way in.
var version = process.versions.node.split('.').map(Number)
if (version[0] > 22 || (version[0] === 22 && version[1] >= 18)) {
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
