/** Where the built files are: chunks of shared code are one folder below. */
export const FILES = new URL(import.meta.url.includes('/chunks/') ? '..' : '.', import.meta.url).href;

/** The gateway that serves them, at `ui/<version>/`: its sessions are those that `getClientSecret` is about. */
export const GATEWAY = new URL('../..', FILES).href;
