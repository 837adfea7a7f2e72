/** How widgets look. */

import { css } from 'lit';

export const look = css`
  :host { display: block; }
  .card { display: flex; flex-direction: column; gap: var(--ts-3); padding: var(--ts-4); border: 1px solid var(--ts-line); border-radius: var(--ts-radius-lg); background: var(--ts-raised); overflow: hidden; max-inline-size: 100%; }
  .card.sm { inline-size: 22rem; } .card.md { inline-size: 28rem; } .card.lg { inline-size: 36rem; } .card.full { inline-size: 100%; }
  .card .body { display: flex; flex-direction: column; gap: var(--ts-3); min-inline-size: 0; }
  .card.collapsed .body { max-block-size: 4.5em; overflow: hidden; mask-image: linear-gradient(#000 40%, transparent); }
  .card .footer { display: flex; gap: var(--ts-2); justify-content: flex-end; padding-block-start: var(--ts-1); }
  .status { display: flex; align-items: center; gap: var(--ts-2); color: var(--ts-muted); font-size: var(--ts-text-sm); }
  .box { display: flex; min-inline-size: 0; }
  .box > * { min-inline-size: 0; }
  .spacer { flex: 1; }
  hr { inline-size: 100%; border: 0; border-block-start: 1px solid var(--ts-line); margin: 0; }
  hr.flush { inline-size: auto; margin-inline: calc(var(--ts-4) * -1); }
  .text { line-height: 1.5; overflow-wrap: anywhere; white-space: pre-line; }
  .title { font-weight: 600; line-height: 1.3; letter-spacing: -0.01em; overflow-wrap: anywhere; }
  .caption { color: var(--ts-muted); line-height: 1.45; overflow-wrap: anywhere; }
  .badge { --tone: var(--ts-muted); display: inline-flex; align-items: center; align-self: flex-start; padding: 1px var(--ts-2); border-radius: 6px; font-size: var(--ts-text-xs); font-weight: 550; color: var(--tone); background: color-mix(in oklab, var(--tone) 12%, var(--ts-background)); white-space: nowrap; }
  .badge.pill { border-radius: 999px; }
  .badge.solid { background: var(--tone); color: var(--ts-background); }
  .badge.outline { background: none; box-shadow: inset 0 0 0 1px currentColor; }
  .badge.md { font-size: var(--ts-text-sm); } .badge.lg { font-size: var(--ts-text-md); padding-block: 3px; }
  img { display: block; max-inline-size: 100%; border-radius: var(--ts-radius-sm); }
  .frame { border: 1px solid var(--ts-line); }
  .image-refused { display: grid; place-items: center; padding: var(--ts-3); background: var(--ts-soft); color: var(--ts-muted); font-size: var(--ts-text-xs); border-radius: var(--ts-radius-sm); }
  .button.block { inline-size: 100%; }
  .button.uniform { padding: 0; inline-size: 34px; }
  .button.ghost { border-color: transparent; background: none; }
  :host([aria-busy='true']) { cursor: progress; }
  :host([aria-busy='true']) .button { opacity: 0.5; pointer-events: none; }
`;
