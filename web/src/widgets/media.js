/** Icon, Image, Chart. */

import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import { lazily } from '../view/lazily.js';
import { styles } from '../view/set-styles.js';
import { block, dimensions } from './boxes.js';
import { surfaceColor, textColor } from './colors.js';
import { ICON_SIZES, oneOf } from './css-values.js';
import { safeImage } from '../markdown/links.js';
import { register } from './registry.js';

const FITS = Object.freeze({ cover: 'cover', contain: 'contain', fill: 'fill', 'scale-down': 'scale-down', none: 'none' });
const POSITION = /^(?:(?:top|bottom)(?: (?:left|right))?|left|right|center)$/;

register('Icon', (node) => {
  const size = `${oneOf(ICON_SIZES, node.size) ?? ICON_SIZES.md}px`;
  return html`<turnstream-icon class="icon" name=${String(node.name ?? '')}
    ${styles({ color: textColor(node.color), 'inline-size': size, 'block-size': size })}></turnstream-icon>`;
});

register('Image', (node, { domains, env }) => {
  const src = safeImage(node.src, domains);
  const alt = typeof node.alt === 'string' ? node.alt : '';
  const name = `image ${node.frame ? 'frame' : ''} ${node.flush ? 'flush' : ''}`;
  const look = styles({
    ...block(node),
    'object-fit': oneOf(FITS, node.fit),
    'object-position': POSITION.test(node.position) ? node.position : undefined,
    background: surfaceColor(node.background),
  });
  const label = alt || env.t('imageFailed');
  const instead = (/** @type {boolean} */ hidden) => html`<div class="${name} refused" role="img" aria-label=${label} title=${label} ?hidden=${hidden} ${look}>
    <turnstream-icon name="lucide:image"></turnstream-icon>
  </div>`;
  if (!src) return instead(false);
  return keyed(src, html`<img class=${name} src=${src} alt=${alt} title=${alt || nothing} referrerpolicy="no-referrer" loading="lazy"
    decoding="async" ${look} @error=${failed} />${instead(true)}`);
});

/** What stands beside an image takes its place. @param {Event} event */
function failed({ currentTarget }) {
  const image = /** @type {HTMLImageElement} */ (currentTarget);
  image.hidden = true;
  /** @type {HTMLElement} */ (image.nextElementSibling).hidden = false;
}

register('Chart', (node, { env }) => {
  lazily(() => import('../charts/chart.js'));
  const tall = node.height ?? node.size ?? node.aspectRatio;
  const look = styles({ ...dimensions(node), ...(tall == null && { height: '240px' }) });
  return html`<div class="chart" ${look}><turnstream-chart .node=${node} .locale=${env.locale}></turnstream-chart></div>`;
});
