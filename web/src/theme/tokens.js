/**
 * The look, as custom properties: a page may set any `--ts-…` on the element, and options set some.
 * Colours are pairs for light and dark; `color-scheme` of the element or of a widget chooses.
 */

import { css } from 'lit';

export const tokens = css`
  :host {
    /* One step of space. Density changes it, and with it everything. */
    --ts-unit: 4px;
    --ts-1: var(--ts-unit);
    --ts-2: calc(var(--ts-unit) * 2);
    --ts-3: calc(var(--ts-unit) * 3);
    --ts-4: calc(var(--ts-unit) * 4);
    --ts-5: calc(var(--ts-unit) * 5);
    --ts-6: calc(var(--ts-unit) * 6);
    --ts-8: calc(var(--ts-unit) * 8);
    --ts-12: calc(var(--ts-unit) * 12);

    --ts-font: system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang TC', 'Noto Sans CJK TC',
      'Microsoft JhengHei', sans-serif;
    --ts-font-mono: ui-monospace, 'SF Mono', Menlo, Consolas, 'Noto Sans Mono', monospace;
    --ts-base: 16px;
    --ts-text-xs: calc(var(--ts-base) * 0.75);
    --ts-text-sm: calc(var(--ts-base) * 0.875);
    --ts-text-md: var(--ts-base);
    --ts-text-lg: calc(var(--ts-base) * 1.125);
    --ts-text-xl: calc(var(--ts-base) * 1.25);
    --ts-text-2xl: calc(var(--ts-base) * 1.5);
    --ts-text-3xl: calc(var(--ts-base) * 1.875);

    --ts-radius-sm: 8px;
    --ts-radius-md: 12px;
    --ts-radius-lg: 18px;
    --ts-radius-xl: 26px;
    --ts-radius-control: 999px;

    --ts-hue: 260;
    --ts-tint: 0.006;
    --ts-shade: 0;

    --ts-accent: light-dark(oklch(0.48 0.17 268), oklch(0.76 0.12 268));
    --ts-on-accent: light-dark(#fff, oklch(0.2 0.04 268));
    --ts-background: light-dark(
      oklch(calc(1 + var(--ts-shade)) calc(var(--ts-tint) * 0.2) var(--ts-hue)),
      oklch(calc(0.205 + var(--ts-shade)) var(--ts-tint) var(--ts-hue))
    );
    --ts-foreground: light-dark(oklch(0.24 var(--ts-tint) var(--ts-hue)), oklch(0.94 var(--ts-tint) var(--ts-hue)));

    --ts-muted: color-mix(in oklab, var(--ts-foreground) 68%, var(--ts-background));
    --ts-line: color-mix(in oklab, var(--ts-foreground) 13%, var(--ts-background));
    --ts-line-strong: color-mix(in oklab, var(--ts-foreground) 50%, var(--ts-background));
    --ts-soft: color-mix(in oklab, var(--ts-foreground) 5.5%, var(--ts-background));
    --ts-softer: color-mix(in oklab, var(--ts-foreground) 9%, var(--ts-background));
    --ts-raised: light-dark(var(--ts-background), color-mix(in oklab, var(--ts-foreground) 6%, var(--ts-background)));
    --ts-accent-soft: color-mix(in oklab, var(--ts-accent) 12%, var(--ts-background));

    --ts-info: light-dark(oklch(0.48 0.15 250), oklch(0.78 0.11 250));
    --ts-success: light-dark(oklch(0.47 0.12 152), oklch(0.79 0.14 152));
    --ts-warning: light-dark(oklch(0.5 0.12 65), oklch(0.82 0.13 80));
    --ts-caution: light-dark(oklch(0.51 0.14 50), oklch(0.8 0.13 60));
    --ts-danger: light-dark(oklch(0.51 0.19 27), oklch(0.76 0.14 25));
    --ts-discovery: light-dark(oklch(0.49 0.2 300), oklch(0.78 0.13 300));

    --ts-shadow: 0 1px 2px rgb(0 0 0 / 6%), 0 4px 16px -6px rgb(0 0 0 / 10%);
    --ts-shadow-high: 0 2px 6px rgb(0 0 0 / 8%), 0 16px 40px -12px rgb(0 0 0 / 24%);
    --ts-focus: 2px solid var(--ts-accent);
    --ts-ease: cubic-bezier(0.2, 0.7, 0.2, 1);
    --ts-quick: 140ms;
    --ts-slow: 260ms;
  }
`;
