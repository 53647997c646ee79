import { field, section } from './field.ts'
import { listenAddress } from './special-values-control.ts'
import { choice, text, word } from './values.ts'

/** Who may look and act from outside, and where. */
export const controlSection = section(
  {
    socket: field(text, 'Where the control API is served; none: nowhere. Default: NAME.sock in the runtime folder.', 'spawn-time'),
    group: field(word, 'Members of this group may use it too, name or number. Default: only the owner and root.', 'spawn-time'),
    groupMay: field(choice('read', 'all'), 'What they may do: look only, or everything. Default read.', 'live')
  },
  'a map such as {group: ops, groupMay: read}',
  'The control socket, for the command line, attached screens and scripts.'
)

export const metricsSection = section(
  {
    listen: field(listenAddress, 'Served there over HTTP for Prometheus, to whoever can connect. Default: nowhere.', 'spawn-time'),
    textfile: field(text, 'Written there at each check, for the textfile collector of node_exporter. Default: nowhere.', 'spawn-time')
  },
  'a map such as {listen: 127.0.0.1:9464}',
  'Metrics beside those on the control socket.'
)
