/** Images, icons and buttons. */

import { html, nothing } from 'lit';
import { safeImage } from '../markdown/links.js';
import { styles } from '../view/set-styles.js';
import { register } from './registry.js';
import { block, color } from './values.js';

/** @type {Record<string, string>} */
const ICON = { xs: '12px', sm: '14px', md: '16px', lg: '20px', xl: '24px', '2xl': '28px', '3xl': '32px' };

register('Icon', (node) =>
  html`<turnstream-icon name=${String(node.name ?? '')} ${styles({
    color: color(node.color), 'inline-size': ICON[node.size ?? 'md'], 'block-size': ICON[node.size ?? 'md'],
  })}></turnstream-icon>`);

register('Image', (node, { domains }) => {
  const look = styles({ ...block(node), 'object-fit': node.fit, 'object-position': node.position, background: color(node.background), flex: node.flex });
  const src = safeImage(node.src, domains);
  const name = `${node.frame ? 'frame' : ''} ${node.flush ? 'flush' : ''}`;
  if (!src) return html`<div class="image-refused ${name}" role="img" aria-label=${node.alt ?? ''} ${look}>${node.alt ?? ''}</div>`;
  return html`<img class=${name} src=${src} alt=${node.alt ?? ''} referrerpolicy="no-referrer" loading="lazy" ${look} />`;
});

register('Button', (node, { act }) => {
  const strong = (node.style ?? (node.variant === 'solid' ? 'primary' : 'secondary')) === 'primary';
  const icon = (/** @type {unknown} */ name) => (name ? html`<turnstream-icon name=${String(name)}></turnstream-icon>` : nothing);
  const click = (/** @type {Event} */ event) => {
    if (!node.onClickAction) return;
    event.stopPropagation();
    if (!node.submit) act(node.onClickAction, event);
  };
  return html`<button type=${node.submit ? 'submit' : 'button'} class="button ${strong ? 'strong' : ''} ${node.block ? 'block' : ''} ${node.uniform ? 'uniform' : ''} ${node.variant ?? ''}"
    ?disabled=${node.disabled} @click=${click} ${styles({ '--tone': node.color && color(node.color) })}>
    ${icon(node.iconStart)}${node.label ?? nothing}${icon(node.iconEnd)}
  </button>`;
});
