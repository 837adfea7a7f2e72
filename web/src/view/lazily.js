/**
 * Load a part that is on screen from now on. One that can't be loaded now, because the gateway is away,
 * is asked for again the next time it is drawn; until then its place is empty.
 * @param {() => Promise<unknown>} load `() => import('…')`
 */
export function lazily(load) {
  load().catch(() => {});
}
