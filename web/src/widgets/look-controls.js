/** How the controls of widgets look: buttons, fields, choices. */

import { css } from 'lit';

export const controls = css`
  .press {
    --tone: var(--ts-foreground); --on-tone: var(--ts-background);
    position: relative; display: inline-flex; align-items: center; justify-content: center; gap: 0.45em; flex: none; max-inline-size: 100%;
    min-block-size: var(--height, 36px); padding: 2px calc(var(--height, 36px) * 0.38); border: 1px solid transparent; border-radius: min(var(--ts-radius-control), 10px, calc(var(--height, 36px) * 0.3));
    font-size: var(--size, var(--ts-text-sm)); font-weight: 550; line-height: 1.2; text-align: center;
    transition: background var(--ts-quick), border-color var(--ts-quick), transform var(--ts-quick);
  }
  .press bdi { overflow: hidden; text-overflow: ellipsis; }
  .press:active:not(:disabled) { transform: scale(0.98); }
  .press.pill { border-radius: 999px; }
  .press.block { inline-size: 100%; }
  .press.uniform { padding: 0; inline-size: var(--height, 36px); }
  .press.secondary { --tone: color-mix(in oklab, var(--ts-foreground) 82%, var(--ts-background)); }
  .press.info { --tone: var(--ts-info); } .press.discovery { --tone: var(--ts-discovery); } .press.success { --tone: var(--ts-success); }
  .press.caution { --tone: var(--ts-caution); } .press.warning { --tone: var(--ts-warning); } .press.danger { --tone: var(--ts-danger); }
  .press.solid { background: var(--tone); color: var(--on-tone); }
  .press.solid:hover:not(:disabled) { background: color-mix(in oklab, var(--tone) 87%, var(--ts-background)); }
  .press.soft { background: color-mix(in oklab, var(--tone) 11%, transparent); color: var(--tone); }
  .press.soft:hover:not(:disabled) { background: color-mix(in oklab, var(--tone) 18%, transparent); }
  .press.outline { border-color: color-mix(in oklab, var(--tone) 24%, transparent); color: var(--tone); }
  .press.ghost { color: var(--tone); }
  .press:is(.outline, .ghost):hover:not(:disabled) { background: color-mix(in oklab, var(--tone) 9%, transparent); }
  .press.loading > :not(.wait) { opacity: 0; }
  .press .wait { position: absolute; inset: 0; margin: auto; inline-size: 16px; block-size: 16px; }

  .control {
    --edge: var(--ts-line); display: inline-flex; align-items: center; position: relative; inline-size: 100%; max-inline-size: 100%; min-inline-size: 0;
    block-size: var(--height, 36px); padding: 0 var(--gutter, 12px); border: 1px solid var(--edge); border-radius: min(var(--ts-radius-control), 10px, calc(var(--height, 36px) * 0.3));
    background: var(--ts-background); font-size: var(--size, var(--ts-text-sm)); line-height: 1.4; transition: border-color var(--ts-quick), background var(--ts-quick);
  }
  .control.outline { --edge: color-mix(in oklab, var(--ts-foreground) 24%, var(--ts-background)); }
  .control.soft { --edge: transparent; background: var(--ts-softer); }
  .control.solid { --edge: transparent; background: color-mix(in oklab, var(--ts-foreground) 15%, var(--ts-background)); }
  .control.ghost { --edge: transparent; background: none; }
  .control.pill { border-radius: 999px; }
  .control:hover:not(:disabled, :focus, :focus-within) { border-color: var(--ts-line-strong); }
  .control:is(.soft, .ghost, .solid):hover:not(:disabled) { background: color-mix(in oklab, var(--ts-foreground) 13%, var(--ts-background)); border-color: transparent; }
  .control:focus-visible, .control:has(:focus-visible) { outline: var(--ts-focus); outline-offset: 1px; }
  .control:disabled, .control:has(> :is(select, input):disabled) { opacity: 0.5; cursor: not-allowed; }
  .control::placeholder, .editable::placeholder { color: var(--ts-muted); opacity: 1; }
  .field:user-invalid, .editable:user-invalid { border-color: var(--ts-danger); }
  .area { block-size: auto; padding-block: 8px; resize: vertical; }
  .area.pill { border-radius: 18px; }

  .select, .date { inline-size: fit-content; gap: 0.4em; padding: 0; }
  .select.block, .date.block { inline-size: 100%; }
  .select > select, .date > input {
    appearance: none; flex: 1; min-inline-size: 0; block-size: 100%; border: 0; background: none; border-radius: inherit; cursor: pointer; outline: none;
    padding-inline: var(--gutter, 12px) calc(var(--gutter, 12px) + 1.5em); text-overflow: ellipsis;
  }
  .control:has(.clear) > :is(select, input):not([data-empty]) { padding-inline-end: calc(var(--gutter, 12px) + 3.2em); }
  .select > .arrow, .date > .arrow { position: absolute; inset-inline-end: var(--gutter, 12px); inline-size: 16px; block-size: 16px; color: var(--ts-muted); pointer-events: none; }
  .select > [data-empty] { color: var(--ts-muted); }
  .clear { position: absolute; inset-inline-end: calc(var(--gutter, 12px) + 20px); display: grid; place-items: center; inline-size: 24px; block-size: 24px; border-radius: 999px; font-size: 12px; color: var(--ts-muted); }
  .clear:hover { background: var(--ts-softer); color: var(--ts-foreground); }
  [data-empty] ~ .clear { display: none; }
  .select option { background: var(--ts-background); color: var(--ts-foreground); }
  @supports (appearance: base-select) {
    .select > select, .select > select::picker(select) { appearance: base-select; }
    .select > select { display: flex; align-items: center; min-block-size: 0; overflow: hidden; white-space: nowrap; }
    .select > select::picker-icon { display: none; }
    .select > select::picker(select) {
      margin-block: 4px; padding: 4px; border: 1px solid var(--ts-line); border-radius: var(--ts-radius-md); background: var(--ts-raised); color: var(--ts-foreground);
      box-shadow: var(--ts-shadow-high); min-inline-size: anchor-size(self-inline); max-inline-size: min(24rem, 90vw); max-block-size: 20rem; font-size: var(--ts-text-sm);
    }
    .select option { display: flex; flex-wrap: wrap; align-items: center; padding: 6px 10px; border-radius: var(--ts-radius-sm); background: none; gap: 0 8px; cursor: pointer; }
    .select option[hidden] { display: none; }
    .select option::checkmark { order: 2; margin-inline-start: auto; color: var(--ts-accent); }
    .select option:is(:hover, :focus-visible):not(:disabled) { background: var(--ts-softer); outline: none; }
    .select option:disabled { opacity: 0.45; cursor: default; }
    .select option small { order: 3; flex-basis: 100%; color: var(--ts-muted); font-size: var(--ts-text-xs); white-space: normal; }
    .select selectedcontent { overflow: hidden; text-overflow: ellipsis; }
    .select selectedcontent small { display: none; }
  }

  .date > input { cursor: text; }
  .date > input::-webkit-calendar-picker-indicator { display: none; }
  .date > input[data-empty] { color: var(--ts-muted); }
  .date[data-placeholder]:has(> input[data-empty]:not(:focus))::before { content: attr(data-placeholder); position: absolute; inset-inline: var(--gutter, 12px) calc(var(--gutter, 12px) + 24px); color: var(--ts-muted); pointer-events: none; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  .date[data-placeholder] > input[data-empty]:not(:focus) { color: transparent; }
  .date { min-inline-size: 11.5em; }
  .control.loading { opacity: 0.6; cursor: progress; }

  .editable { display: block; inline-size: 100%; max-inline-size: 100%; margin: -3px -7px; padding: 2px 6px; border: 1px solid transparent; border-radius: min(var(--ts-radius-sm), 7px); background: none; font: inherit; line-height: 1.5; resize: none; field-sizing: content; min-inline-size: 4em; transition: background var(--ts-quick); }
  .editable:is(input) { inline-size: auto; }
  .editable:hover { background: var(--ts-soft); }
  .editable:not(:focus) { text-decoration: underline dotted color-mix(in oklab, currentColor 40%, transparent) 1px; text-underline-offset: 0.3em; }
  .editable:focus { background: var(--ts-background); border-color: var(--ts-line-strong); outline: none; }
  .editable:focus-visible { outline: var(--ts-focus); outline-offset: 0; }

  .choices { display: flex; gap: var(--ts-2) var(--ts-4); flex-wrap: wrap; }
  .choices.col { flex-direction: column; }
  .choice { display: inline-flex; align-items: flex-start; gap: var(--ts-2); font-size: var(--ts-text-sm); line-height: 20px; cursor: pointer; min-block-size: 24px; padding-block: 2px; inline-size: fit-content; }
  .choice.disabled { opacity: 0.5; cursor: not-allowed; }
  .choice input { appearance: none; flex: none; display: grid; place-items: center; inline-size: 18px; block-size: 18px; margin: 1px 0 0; border: 1.5px solid var(--ts-line-strong); border-radius: min(var(--ts-radius-sm), 5px); background: var(--ts-background); color: var(--ts-background); cursor: inherit; transition: background var(--ts-quick), border-color var(--ts-quick); }
  .choice input[type='radio'] { border-radius: 50%; }
  .choice input:checked { background: var(--ts-foreground); border-color: var(--ts-foreground); }
  .choice input::before { content: ''; opacity: 0; }
  .choice input:checked::before { opacity: 1; }
  .choice input[type='checkbox']::before { inline-size: 9px; block-size: 5px; border: solid currentColor; border-width: 0 0 2px 2px; rotate: -45deg; translate: 0 -1px; }
  .choice input[type='radio']::before { inline-size: 7px; block-size: 7px; border-radius: 50%; background: currentColor; }
  .choice input:user-invalid { border-color: var(--ts-danger); }
  .choice:hover input:not(:checked, :disabled) { background: var(--ts-soft); }
  @media (forced-colors: active) { .choice input { appearance: auto; } .press, .control { border-color: currentColor; } }
`;
