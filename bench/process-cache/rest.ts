import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { bundledNode, entry } from '../harness/supervisors.ts'
import { cpuMs } from '../harness/usage.ts'
const start = (events: string) => { const f = mkdtempSync('/tmp/ts-rest-'); writeFileSync(f+'/c.json', JSON.stringify({name:'r'+events, worker:{command:['sleep','100000']}, processes:{events}}), {mode:0o600}); return { f, events, c: spawn(bundledNode,[entry,'--no-ui','--config',f+'/c.json'],{stdio:'ignore',env:{...process.env,TSUPERVISE_STATE_DIR:f+'/s'}}) } }
const all = ['off','managed','off','managed'].map(start)
await pause(8000)
const b = all.map(({c})=>cpuMs(c.pid!))
await pause(45000)
all.forEach(({c,events},i)=>console.log(events, ((cpuMs(c.pid!)-b[i]!)/45).toFixed(2),'ms/s'))
for (const {c,f} of all) { c.kill('SIGTERM'); await new Promise(r=>c.once('exit',r)); rmSync(f,{recursive:true}) }
