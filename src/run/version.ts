declare const TSUPERVISE_VERSION: string

/** From package.json, put in by the build. */
export const VERSION: string = TSUPERVISE_VERSION
