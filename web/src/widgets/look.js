/** How widgets look: frames, boxes, texts, pictures. */

import { css } from 'lit';

export const look = css`
  :host { display: block; min-inline-size: 0; }
  .widget { color: var(--ts-foreground); font-size: var(--ts-text-md); line-height: 1.5; transition: opacity var(--ts-quick); }
  .widget:focus-visible { outline: none; }
  .widget.themed { padding: var(--ts-4); border-radius: var(--ts-radius-lg); background: var(--ts-background); }
  .widget.waiting { opacity: 0.6; cursor: progress; }
  .widget.waiting > * { pointer-events: none; }

  .framed { display: flex; flex-direction: column; gap: var(--ts-2); max-inline-size: 100%; }
  .framed.sm { inline-size: 22.5rem; } .framed.md { inline-size: 28rem; } .framed.lg { inline-size: 36rem; } .framed.full { inline-size: 100%; }
  .status { display: flex; align-items: center; gap: var(--ts-2); padding-inline: 2px; color: var(--ts-muted); font-size: var(--ts-text-sm); line-height: 1.3; min-inline-size: 0; }
  .status span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .favicon { inline-size: 18px; block-size: 18px; border-radius: 5px; object-fit: cover; flex: none; }
  .favicon.frame { padding: 1px; background: #fff; }

  .card {
    --pad-block-start: var(--ts-4); --pad-block-end: var(--ts-4); --pad-inline-start: var(--ts-4); --pad-inline-end: var(--ts-4);
    display: flex; flex-direction: column; min-inline-size: 0; margin: 0;
    border: 1px solid var(--ts-line); border-radius: var(--ts-radius-lg); background: var(--ts-raised); overflow: clip; isolation: isolate;
  }
  .body { display: flex; flex-direction: column; gap: var(--ts-3); min-inline-size: 0; padding-block: var(--pad-block-start) var(--pad-block-end); padding-inline: var(--pad-inline-start) var(--pad-inline-end); }
  .card.collapsed .body { max-block-size: 5.5em; overflow: hidden; mask-image: linear-gradient(#000 35%, transparent); }
  .footer { display: flex; flex-wrap: wrap; gap: var(--ts-2); justify-content: flex-end; padding-block: 0 max(var(--ts-3), var(--pad-block-end)); padding-inline: max(var(--ts-3), var(--pad-inline-start)) max(var(--ts-3), var(--pad-inline-end)); }
  .footer .press { flex: 0 1 auto; }

  .box { display: flex; min-inline-size: 0; max-inline-size: 100%; margin: 0; }
  .body > *, .box > *, .cell > * { min-inline-size: 0; max-inline-size: 100%; }
  .basic { inline-size: 100%; }
  .spacer { flex: 1 1 0; align-self: stretch; }
  hr { flex: none; align-self: stretch; inline-size: auto; border: 0 solid var(--ts-line); border-block-start-width: 1px; margin: 0; }
  hr.flush { max-inline-size: none; }
  hr.flush, .image.flush { margin-inline: calc(var(--pad-inline-start, 0px) * -1) calc(var(--pad-inline-end, 0px) * -1); }
  .body > .image.flush { max-inline-size: none; border-radius: 0; inline-size: calc(100% + var(--pad-inline-start, 0px) + var(--pad-inline-end, 0px)); }
  .body > .image.flush:first-child { margin-block-start: calc(var(--pad-block-start) * -1); }
  .body > .image.flush:last-child { margin-block-end: calc(var(--pad-block-end) * -1); }
  .arriving { animation: arrive var(--ts-slow) var(--ts-ease); }
  @keyframes arrive { from { opacity: 0; transform: translateY(6px); } }

  .text, .caption { overflow-wrap: anywhere; white-space: pre-line; }
  .title { font-weight: 600; line-height: 1.25; letter-spacing: -0.012em; overflow-wrap: anywhere; text-wrap: balance; }
  .caption { color: var(--ts-muted); line-height: 1.4; }
  .truncate { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; overflow-wrap: normal; }
  .streaming::after { content: ''; display: inline-block; inline-size: 0.5em; block-size: 0.5em; margin-inline-start: 0.35em; border-radius: 50%; background: currentColor; opacity: 0.55; animation: pulse 1.1s ease-in-out infinite; }
  .streaming:empty::after { margin: 0; }
  @keyframes pulse { 50% { opacity: 0.15; } }
  .label { font-weight: 500; font-size: var(--ts-text-sm); }
  .badge {
    --tone: var(--ts-muted); display: inline-block; flex: none; align-self: center; inline-size: fit-content; max-inline-size: 100%; overflow: hidden; text-overflow: ellipsis; white-space: nowrap;
    padding: 2px var(--ts-2); border-radius: min(var(--ts-radius-sm), 6px); font-size: var(--ts-text-xs); font-weight: 550; line-height: 1.4;
    color: var(--tone); background: color-mix(in oklab, var(--tone) 13%, transparent);
  }
  .body > .badge { align-self: flex-start; }
  .badge.pill { border-radius: 999px; }
  .badge.solid { background: var(--tone); color: var(--ts-background); }
  .badge.outline { background: none; box-shadow: inset 0 0 0 1px color-mix(in oklab, var(--tone) 45%, transparent); }
  .badge.md { font-size: var(--ts-text-sm); } .badge.lg { font-size: var(--ts-text-md); padding: 3px 10px; border-radius: var(--ts-radius-sm); } .badge.lg.pill { border-radius: 999px; }

  .image { display: block; max-inline-size: 100%; block-size: auto; border-radius: var(--ts-radius-sm); object-fit: cover; flex: none; background: var(--ts-soft); overflow: hidden; }
  .image.frame { box-shadow: 0 0 0 1px var(--ts-line); }
  .image[hidden] { display: none; }
  .image.refused { display: grid; place-items: center; min-block-size: 2rem; padding: var(--ts-2); color: var(--ts-muted); font-size: var(--ts-text-xs); line-height: 1.3; overflow: hidden; }
  .chart { min-inline-size: 0; inline-size: 100%; flex: none; }
  .icon { flex: none; }
  .cut { padding-block-start: var(--ts-2); color: var(--ts-muted); font-size: var(--ts-text-sm); }

  .list { border: 1px solid var(--ts-line); border-radius: var(--ts-radius-lg); background: var(--ts-raised); overflow: clip; }
  .item { position: relative; display: flex; align-items: center; gap: var(--ts-2); padding: var(--ts-3) var(--ts-4); transition: background var(--ts-quick); }
  .item + .item, .rest[open] .item, .rest > summary { border-block-start: 1px solid var(--ts-softer); }
  .item .within { flex: 1; pointer-events: none; }
  .item .within :is(button, a, input, select, textarea, label) { pointer-events: auto; position: relative; }
  .item.pressable:hover { background: var(--ts-soft); }
  .item.loading .within { opacity: 0.55; }
  .cover { position: absolute; inset: 0; border-radius: inherit; }
  .cover:focus-visible { outline-offset: -3px; border-radius: var(--ts-radius-md); }
  .rest > summary { padding: var(--ts-3) var(--ts-4); cursor: pointer; list-style: none; font-size: var(--ts-text-sm); font-weight: 500; color: var(--ts-muted); text-align: center; }
  .rest > summary::-webkit-details-marker { display: none; }
  .rest > summary:hover { background: var(--ts-soft); color: var(--ts-foreground); }
  .rest > summary:focus-visible { outline-offset: -3px; }
  .rest[open] > summary { display: none; }

  .table { overflow-x: auto; border-radius: var(--ts-radius-sm); }
  table { border-collapse: collapse; inline-size: 100%; font-size: var(--ts-text-sm); font-variant-numeric: tabular-nums; }
  th, td { padding: var(--ts-2) var(--ts-3); text-align: start; vertical-align: middle; font-weight: inherit; }
  :is(th, td):first-child { padding-inline-start: 0; } :is(th, td):last-child { padding-inline-end: 0; }
  th { font-weight: 600; color: var(--ts-muted); }
  thead tr, tbody tr:not(:last-child) { border-block-end: 1px solid var(--ts-line); }
  .cell { display: flex; flex-direction: column; gap: var(--ts-1); min-inline-size: 0; }
  .cell.center { align-items: center; } .cell.end { align-items: flex-end; } .cell.start { align-items: flex-start; }
  .cell .badge { align-self: inherit; }
  th .text { font-size: inherit; }
`;
