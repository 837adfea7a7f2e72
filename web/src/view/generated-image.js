/** `<turnstream-generated-image>`: an image that the assistant makes, and how far it is. */

import { css, html } from 'lit';
import { safeImage } from '../markdown/links.js';
import { define } from './define.js';
import { Part } from './part.js';

export class GeneratedImageView extends Part {
  static properties = { ...Part.properties, item: {}, broken: { state: true } };
  static styles = [
    ...Part.styles,
    css`
      img { display: block; max-inline-size: min(100%, 28rem); border-radius: var(--ts-radius-md); transition: filter var(--ts-slow); }
      img.partial { filter: blur(6px); }
      .empty { display: grid; place-items: center; inline-size: min(100%, 20rem); aspect-ratio: 1; border-radius: var(--ts-radius-md); background: var(--ts-soft); color: var(--ts-muted); font-size: var(--ts-text-sm); }
    `,
  ];

  /** @type {import('../wire.js').GeneratedImage} */
  item = /** @type {any} */ (undefined);
  /** The image that could not be loaded: another one may be. @type {string | null} */
  broken = null;

  render() {
    const { t } = this.env;
    const src = safeImage(this.item.image?.url);
    if (!src) return html`<div class="empty" role="status">${t('generatingImage')}</div>`;
    if (src === this.broken) return html`<div class="empty">${t('imageFailed')}</div>`;
    const { progress } = this.item;
    return html`<img class=${progress != null && progress < 1 ? 'partial' : ''} src=${src} alt=${t('generatedImage')} referrerpolicy="no-referrer" @error=${() => (this.broken = src)} />`;
  }
}

define('turnstream-generated-image', GeneratedImageView);
