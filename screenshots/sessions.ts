import type { Pty } from '../test/helpers/pty.ts'
import { waitUntil } from '../test/helpers/wait-until.ts'
import type { Stage } from './stage.ts'

const PATIENCE_MS = 120_000

/** A latency counter that runs: seconds over, of those allowed, then what is left. */
const COUNTING = /[1-9]\d*\/\d+s .*\d+s/
const STOPPED = /stopped: /
/** The same after three stops, for some checks already: the first one after a start may be over too. */
const COUNTING_AGAIN = /extension +indexer .* over .* [3-5]\/6s .* 1\/4/

/** Rows for a receipt from its rule to its tree, and for details down to the checks. */
const HIGH = 48

const ESC = '\x1b'
const BACK_TAB = '\x1b[Z'
const DOWN = '\x1b[B'

export interface Session {
  readonly columns: number
  readonly rows: number
  readonly environment?: Readonly<Record<string, string>>
  /** Prepares what is shown, and gives the arguments of the command. */
  prepare(stage: Stage): Promise<readonly string[]>
  /** Takes its pictures; the command is ended afterwards. */
  play(pty: Pty, shoot: (name: string) => Promise<void>, stage: Stage): Promise<void>
}

const supervise =
  (config: string) =>
  async (stage: Stage): Promise<readonly string[]> => ['--config', config, '--control-socket', stage.socket('own')]

const demo = supervise('examples/demo.yaml')

/** By the names of their pictures. */
export const sessions: Readonly<Record<string, Session>> = {
  'tree detail receipt limits signal help': {
    columns: 120,
    rows: 40,
    prepare: demo,
    async play(pty, shoot) {
      await pty.waitFor((text) => STOPPED.test(text) && COUNTING.test(text), 'a stop in the past and a counter that runs', PATIENCE_MS)
      await shoot('tree')
      await press(pty, 'v', 'receipts')
      pty.resize(120, HIGH)
      await press(pty, '\r', 'THE TREE WHEN IT BEGAN')
      await shoot('receipt')
      pty.resize(120, 40)
      pty.type(ESC)
      await press(pty, ESC, 'events')
      await selectNode(pty, 'shipper')
      pty.type('e5M')
      await pty.waitFor((text) => text.includes('would be stopped'), 'a preview that warns', PATIENCE_MS)
      await shoot('limits')
      await press(pty, ESC, 'e limits')
      await selectNode(pty, 'api')
      await press(pty, 'k', 'Send a signal')
      await shoot('signal')
      await press(pty, ESC, 'k signal')
      await press(pty, '?', '── help')
      await shoot('help')
      await press(pty, ESC, 'e limits')
      await selectNode(pty, 'indexer')
      // near enough to what it uses to be in the graph
      await press(pty, 'e120M\r', '/120M')
      await pty.waitFor((text) => COUNTING_AGAIN.test(text), 'a counter that runs for the fourth time', PATIENCE_MS)
      pty.resize(120, HIGH)
      await press(pty, '\r', 'RESPAWNS AND STOPS')
      await shoot('detail')
    }
  },
  small: {
    columns: 80,
    rows: 24,
    prepare: demo,
    async play(pty, shoot) {
      await pty.waitFor((text) => COUNTING.test(text), 'a counter that runs', PATIENCE_MS)
      await shoot('small')
    }
  },
  plain: {
    columns: 100,
    rows: 30,
    environment: { NO_COLOR: '1' },
    prepare: demo,
    async play(pty, shoot) {
      await pty.waitFor((text) => COUNTING.test(text), 'a counter that runs', PATIENCE_MS)
      await shoot('plain')
    }
  },
  'logs register': {
    columns: 100,
    rows: 32,
    prepare: supervise('examples/shop.yaml'),
    async play(pty, shoot, stage) {
      await press(pty, 'L', 'order 4740')
      await press(pty, 't', 'times to the millisecond')
      await press(pty, '/timed out\r', 'match 1 of')
      await press(pty, 'n', 'match 2 of')
      await pty.waitFor((text) => text.includes('q quit'), 'the keys again')
      await shoot('logs')
      pty.type(ESC)
      await press(pty, ESC, 'events')
      const { parent, children } = await stage.harness()
      await press(pty, 'r', 'Register an orphan')
      await press(pty, 'run-tests', `${parent} uid`)
      await press(pty, '\t', `${parent} `)
      await press(pty, 'browser', `${children[1]} uid`)
      pty.type(DOWN)
      await press(pty, `${DOWN}\r`, 'would end')
      // back to the child: who that is stands below
      await press(pty, BACK_TAB, '--port=')
      await waitUntil(() => pty.screen.text().match(/ uid \d/g)?.length === 1, 'no other process, whose command would be seen')
      await shoot('register')
      await press(pty, ESC, 'q quit')
    }
  },
  hosts: {
    columns: 120,
    rows: 40,
    async prepare(stage) {
      const hosts = ['web-01', 'web-02']
      for (const host of hosts) {
        await stage.supervise(host, `examples/${host}.yaml`)
        const { parent, children } = await stage.harness()
        for (const child of children) await stage.call(['register', String(parent), String(child), '--control-socket', stage.socket(host)])
      }
      return ['attach', ...hosts.map(stage.socket)]
    },
    async play(pty, shoot) {
      await pty.waitFor((text) => COUNTING.test(text), 'a counter that runs', PATIENCE_MS)
      await shoot('hosts')
    }
  }
}

/** Types, and waits for what the keys bring onto the screen. */
async function press(pty: Pty, keys: string, brings: string): Promise<void> {
  pty.type(keys)
  await pty.waitFor((text) => text.includes(brings), `${brings} after ${JSON.stringify(keys)}`)
}

/** Moves from the top to the row of a node, once that has one with a process. */
async function selectNode(pty: Pty, node: string): Promise<void> {
  const selected = () => pty.screen.lines().find((line) => line.startsWith('›')) ?? ''
  const isThere = new RegExp(`(worker|extension) +${node} +\\d+ `)
  await pty.waitFor((text) => isThere.test(text), `${node} with a process`, PATIENCE_MS)
  pty.type('g')
  await waitUntil(() => selected().includes('worker'), 'the first row')
  for (let row = 0; row < 30 && !isThere.test(selected()); row++) {
    const before = selected()
    pty.type(DOWN)
    await waitUntil(() => selected() !== before, 'the next row')
  }
}
