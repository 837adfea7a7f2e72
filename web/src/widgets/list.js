/** ListView and its items. */

import { html, nothing } from 'lit';
import { styles } from '../view/set-styles.js';
import { flow } from './boxes.js';
import { themeOf } from './colors.js';
import { whole } from './css-values.js';
import { listOf, register } from './registry.js';
import { status } from './status.js';
import { textOf } from './text-of.js';

/** How many items are shown at first when the limit is `auto`. */
const AUTO_LIMIT = 6;

register('ListView', (node, context) => {
  const items = listOf(node.children);
  const limit = node.limit === 'auto' ? AUTO_LIMIT : (whole(node.limit, 1, items.length || 1) ?? items.length);
  // One more item takes no more place than the button that would show it.
  const shown = items.length > limit + 1 || node.limit !== 'auto' ? limit : items.length;
  const rest = items.slice(shown);
  return html`<div class="framed full">${status(node.status, context)}
    <div class="list" ${styles(themeOf(node))}>
      <div role="list">${context.drawAll(items.slice(0, shown))}</div>
      ${rest.length
        ? html`<details class="rest">
            <summary>${context.env.t('showMore', { count: rest.length })}</summary>
            <div role="list">${rest.map((item, at) => context.draw(item, shown + at))}</div>
          </details>`
        : nothing}
    </div></div>`;
});

/**
 * An item that one can press has a button over all of it, below the controls inside: so both work,
 * and neither is inside the other.
 */
register('ListViewItem', (node, { drawAll, act, loading }) => {
  const { onClickAction: action, gap = 3, align } = node;
  const press = action
    ? html`<button type="button" class="cover" aria-label=${textOf(node) || nothing} aria-busy=${loading}
        @click=${(/** @type {Event} */ event) => act(action, event)}></button>`
    : nothing;
  return html`<div role="listitem" class="item ${action ? 'pressable' : ''} ${loading ? 'loading' : ''}">
    ${press}
    <div class="box within" ${styles(flow({ gap, align }, 'row'))}>${drawAll(node.children)}</div>
    ${loading ? html`<turnstream-icon class="spin" name="lucide:loader-circle"></turnstream-icon>` : nothing}
  </div>`;
});
