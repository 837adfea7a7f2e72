/** How running text looks. */

import { css } from 'lit';

export const prose = css`
  :host { display: block; line-height: 1.6; overflow-wrap: anywhere; }
  :host > * + *, blockquote > * + *, li > * + * { margin-block-start: var(--ts-3); }
  li > ul, li > ol { margin-block-start: var(--ts-1); }
  h3.one { font-size: var(--ts-text-xl); font-weight: 650; line-height: 1.3; letter-spacing: -0.01em; }
  h4.two { font-size: var(--ts-text-lg); font-weight: 650; line-height: 1.35; }
  h5.three { font-weight: 650; }
  :host > * + :is(h3, h4, h5) { margin-block-start: var(--ts-5); }
  ul, ol { padding-inline-start: var(--ts-6); }
  li + li { margin-block-start: var(--ts-1); }
  li::marker { color: var(--ts-muted); }
  li.task { list-style: none; margin-inline-start: calc(var(--ts-5) * -1); }
  li.task input { margin-inline-end: var(--ts-2); accent-color: var(--ts-accent); }
  strong { font-weight: 650; }
  blockquote { padding-inline-start: var(--ts-4); border-inline-start: 3px solid var(--ts-line); color: var(--ts-muted); }
  hr { border: 0; border-block-start: 1px solid var(--ts-line); margin-block: var(--ts-5); }
  code {
    font-family: var(--ts-font-mono); font-size: 0.875em; padding: 0.15em 0.4em;
    background: var(--ts-softer); border-radius: min(var(--ts-radius-sm), 6px);
  }
  .raw { white-space: pre-wrap; }
  img { max-inline-size: 100%; border-radius: var(--ts-radius-md); vertical-align: middle; }
  img.broken { display: inline-block; min-inline-size: 120px; padding: var(--ts-3); background: var(--ts-soft); color: var(--ts-muted); font-size: var(--ts-text-sm); }
  .table { overflow-x: auto; border: 1px solid var(--ts-line); border-radius: var(--ts-radius-md); }
  table { border-collapse: collapse; inline-size: 100%; font-size: var(--ts-text-sm); font-variant-numeric: tabular-nums; }
  th, td { padding: var(--ts-2) var(--ts-3); text-align: start; vertical-align: top; }
  th { font-weight: 600; background: var(--ts-soft); white-space: nowrap; }
  tr + tr td, thead + tbody td { border-block-start: 1px solid var(--ts-line); }
  .cite {
    display: inline-grid; place-items: center; min-inline-size: 1.5em; block-size: 1.5em; padding-inline: 0.35em;
    margin-inline: 0.15em; border-radius: 999px; background: var(--ts-softer); color: var(--ts-muted);
    font-size: 0.7em; font-weight: 600; text-decoration: none; vertical-align: 0.25em; line-height: 1;
  }
  .cite.words { font-size: 0.85em; padding-inline: 0.5em; block-size: 1.6em; vertical-align: baseline; }
  .cite:is(a, .presses):hover { background: var(--ts-accent); color: var(--ts-on-accent); }
`;
