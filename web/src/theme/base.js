/** What every part of the element looks like: text, buttons, fields, the ring of the focus. */

import { css } from 'lit';

export const base = css`
  :host { box-sizing: border-box; }
  :host([hidden]), [hidden] { display: none !important; }
  *, *::before, *::after { box-sizing: border-box; }
  h1, h2, h3, h4, h5, h6, p, ul, ol, figure, blockquote, pre { margin: 0; padding: 0; font: inherit; }
  button, input, textarea, select { font: inherit; color: inherit; letter-spacing: inherit; }
  button { border: 0; background: none; padding: 0; cursor: pointer; text-align: inherit; }
  button:disabled { cursor: default; opacity: 0.45; }
  a { color: var(--ts-accent); text-underline-offset: 0.18em; text-decoration-thickness: 1px; }
  :focus { outline: none; }
  :focus-visible { outline: var(--ts-focus); outline-offset: 2px; }

  .quiet {
    display: inline-grid; place-items: center; inline-size: 36px; block-size: 36px;
    border-radius: var(--ts-radius-control); color: var(--ts-muted); flex: none;
    transition: background var(--ts-quick), color var(--ts-quick);
  }
  .quiet.small { inline-size: 30px; block-size: 30px; font-size: var(--ts-text-sm); }
  .quiet:hover:not(:disabled), .quiet[aria-expanded='true'] { background: var(--ts-softer); color: var(--ts-foreground); }
  .quiet[aria-pressed='true'] { color: var(--ts-accent); background: var(--ts-accent-soft); }

  .button {
    display: inline-flex; align-items: center; justify-content: center; gap: var(--ts-2);
    min-block-size: 34px; padding: 0 var(--ts-4); border-radius: var(--ts-radius-control);
    font-size: var(--ts-text-sm); font-weight: 550; border: 1px solid var(--ts-line);
    background: var(--ts-background); transition: background var(--ts-quick);
  }
  .button:hover:not(:disabled) { background: var(--ts-soft); }
  .button.strong { background: var(--ts-foreground); color: var(--ts-background); border-color: transparent; }
  .button.strong:hover:not(:disabled) { background: color-mix(in oklab, var(--ts-foreground) 86%, var(--ts-background)); }

  .unseen {
    position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  }
  .spin { animation: spin 0.9s linear infinite; }
  @keyframes spin { to { rotate: 1turn; } }
  @media (forced-colors: active) {
    [aria-pressed='true'], [aria-current='true'] { outline: 2px solid Highlight; }
  }
  @media (prefers-reduced-motion: reduce) {
    *, *::before, *::after { animation-duration: 0.01ms !important; animation-iteration-count: 1 !important; transition-duration: 0.01ms !important; }
  }
`;
