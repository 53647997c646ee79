/** What a piece of text means; how that looks is up to the theme. */
export type Tone = 'plain' | 'dim' | 'strong' | 'title' | 'accent' | 'good' | 'warn' | 'alarm' | 'stop' | 'match' | 'selected' | 'button'

export const THEME_NAMES = ['default', 'high-contrast', 'monochrome'] as const
export type ThemeName = (typeof THEME_NAMES)[number]

/** SGR parameters of each tone, from the terminal's own 16 colours; the only place that knows colours. */
const THEMES: Readonly<Record<ThemeName, Readonly<Record<Tone, string>>>> = {
  default: {
    plain: '',
    dim: '2',
    strong: '1',
    title: '1;36',
    accent: '36',
    good: '32',
    warn: '33',
    alarm: '1;31',
    stop: '31',
    match: '1;4;33',
    selected: '7',
    button: '1;7'
  },
  /** Nothing faint, no colour on its own ground: bright ones and bold, alarms in reverse. */
  'high-contrast': {
    plain: '',
    dim: '',
    strong: '1',
    title: '1;4',
    accent: '1',
    good: '1;92',
    warn: '1;93',
    alarm: '1;97;41',
    stop: '1;91',
    match: '1;4;93',
    selected: '1;7',
    button: '1;4;7'
  },
  monochrome: {
    plain: '',
    dim: '2',
    strong: '1',
    title: '1;4',
    accent: '',
    good: '',
    warn: '1',
    alarm: '1;7',
    stop: '1',
    match: '1;4',
    selected: '7',
    button: '1;7'
  }
}

export const parametersOf = (theme: ThemeName, tone: Tone): string => THEMES[theme][tone]
