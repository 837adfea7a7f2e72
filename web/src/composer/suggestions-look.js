/** How the menu above the field looks. */

import { css } from 'lit';

export const look = css`
  .menu { position: absolute; z-index: 2; inset-block-end: calc(100% + var(--ts-2)); inset-inline: 0; display: flex; align-items: flex-end; gap: var(--ts-2); pointer-events: none; }
  .menu > * { pointer-events: auto; border: 1px solid var(--ts-line); border-radius: var(--ts-radius-lg); background: var(--ts-raised); box-shadow: var(--ts-shadow-high); }
  .list { flex: 0 1 24rem; min-inline-size: 0; max-block-size: min(20rem, 42vh); overflow-y: auto; overscroll-behavior: contain; padding: var(--ts-1); scrollbar-width: thin; font-size: var(--ts-text-sm); }
  .group { padding: var(--ts-2) var(--ts-3) var(--ts-1); font-size: var(--ts-text-xs); font-weight: 600; color: var(--ts-muted); }
  .option { display: flex; align-items: center; gap: var(--ts-3); min-block-size: 38px; padding: var(--ts-1) var(--ts-3); border-radius: var(--ts-radius-md); cursor: pointer; }
  .option turnstream-icon { color: var(--ts-muted); }
  .option[aria-selected='true'] { background: var(--ts-softer); }
  .words { display: grid; min-inline-size: 0; line-height: 1.35; }
  .words > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  small { font-size: var(--ts-text-xs); color: var(--ts-muted); }
  .none { padding: var(--ts-3); color: var(--ts-muted); font-size: var(--ts-text-sm); }
  turnstream-entity-preview { flex: 0 1 20rem; min-inline-size: 0; max-block-size: min(24rem, 50vh); overflow: auto; padding: var(--ts-3); }
  @container (max-inline-size: 34rem) { turnstream-entity-preview { display: none; } .list { flex: 1; } }
  @media (forced-colors: active) { .option[aria-selected='true'] { outline: 2px solid Highlight; outline-offset: -2px; } }
`;
