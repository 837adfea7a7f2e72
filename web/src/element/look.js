/** How the element is laid out. */

import { css } from 'lit';

export const look = css`
  :host { display: block; block-size: 100%; min-block-size: 20rem; container-type: inline-size; }
  .root { position: relative; display: flex; flex-direction: column; block-size: 100%; overflow: hidden; background: var(--ts-background); color: var(--ts-foreground); font: 400 var(--ts-base) / 1.5 var(--ts-font); text-rendering: optimizeLegibility; -webkit-font-smoothing: antialiased; border-radius: inherit; }
  .root.waiting > * { opacity: 0; }
  .foot { max-inline-size: calc(var(--ts-width, 46rem) + var(--ts-6)); inline-size: 100%; margin-inline: auto; padding: 0 var(--ts-3) max(var(--ts-3), env(safe-area-inset-bottom)); }
  .message { flex: 1; display: grid; gap: var(--ts-4); place-content: center; justify-items: center; padding: var(--ts-8); text-align: center; color: var(--ts-muted); }
  .disclaimer { display: block; padding-block-start: var(--ts-2); text-align: center; font-size: var(--ts-text-xs); line-height: 1.4; color: var(--ts-muted); }
  .disclaimer.high { color: var(--ts-foreground); }
`;
