/** How the composer looks. */

import { css } from 'lit';

export const look = css`
  :host { display: block; }
  .box { position: relative; display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--ts-1); padding: var(--ts-2); border: 1px solid var(--ts-line); border-radius: var(--ts-radius-xl); background: var(--ts-raised); box-shadow: var(--ts-shadow); transition: border-color var(--ts-quick); }
  .box:focus-within { border-color: var(--ts-line-strong); }
  .tools { display: flex; align-items: center; gap: var(--ts-1); min-inline-size: 0; }
  turnstream-choices { flex: 1; }
  @container (max-inline-size: 30rem) { .tools { flex-wrap: wrap; } .tools:has([data-recording]) > .quiet { display: none; } }
  .go { display: grid; place-items: center; inline-size: 36px; block-size: 36px; flex: none; border-radius: var(--ts-radius-control); background: var(--ts-foreground); color: var(--ts-background); transition: opacity var(--ts-quick), background var(--ts-quick); }
  .go[aria-disabled='true'] { background: var(--ts-softer); color: var(--ts-muted); cursor: default; }
  .stop { inline-size: 14px; block-size: 14px; }
  .quoted { display: flex; align-items: center; gap: var(--ts-2); padding-block: var(--ts-1); padding-inline: var(--ts-3) var(--ts-2); border-radius: var(--ts-radius-lg); background: var(--ts-soft); color: var(--ts-muted); font-size: var(--ts-text-sm); }
  .quoted span { flex: 1; min-inline-size: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .shut { padding: var(--ts-4); text-align: center; color: var(--ts-muted); font-size: var(--ts-text-sm); border: 1px dashed var(--ts-line); border-radius: var(--ts-radius-lg); }
`;
