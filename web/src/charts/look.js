/** How charts look. */

import { css } from 'lit';

export const look = css`
  :host { display: block; block-size: 100%; font-size: var(--ts-text-xs); }
  .whole { display: flex; flex-direction: column; gap: var(--ts-2); block-size: 100%; position: relative; }
  .plot { position: relative; flex: 1; min-block-size: 0; min-inline-size: 0; border-radius: 6px; outline-offset: 2px; }
  .plot:focus { outline: none; } .plot:focus-visible { outline: var(--ts-focus); }
  svg { position: absolute; inset: 0; display: block; overflow: visible; }
  .step { stroke: var(--ts-softer); stroke-width: 1; } .zero { stroke: var(--ts-line); stroke-width: 1; }
  .tick { fill: var(--ts-muted); font-size: 11px; font-family: inherit; font-variant-numeric: tabular-nums; }
  path.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
  path.area { opacity: 0.2; }
  .cursor { fill: var(--ts-foreground); opacity: 0.05; }
  .dot { stroke: var(--ts-raised); stroke-width: 2; }
  .legend { display: flex; flex-wrap: wrap; gap: var(--ts-1) var(--ts-4); justify-content: center; color: var(--ts-muted); line-height: 1.4; }
  .legend span, .tooltip div { display: flex; align-items: center; gap: 6px; min-inline-size: 0; }
  i { inline-size: 8px; block-size: 8px; border-radius: 2.5px; flex: none; }
  i.line { block-size: 3px; inline-size: 12px; border-radius: 2px; }
  .tooltip { position: absolute; inset-block-start: 4px; z-index: 1; display: grid; gap: 3px; padding: 8px 10px; border: 1px solid var(--ts-line); border-radius: var(--ts-radius-sm); background: var(--ts-raised); box-shadow: var(--ts-shadow-high); pointer-events: none; max-inline-size: 70%; }
  .tooltip strong { font-weight: 600; } .tooltip span { color: var(--ts-muted); flex: 1; padding-inline-end: 10px; } .tooltip b { font-weight: 600; font-variant-numeric: tabular-nums; }
  .unseen { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
`;
