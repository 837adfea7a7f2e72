/** Questions before something is done, and secrets that are shown once. */

import { html, render } from 'lit';

/**
 * @param {{title: string, text: string, confirm: string, danger?: boolean}} question
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, confirm, danger = false }) {
  return new Promise((resolve) => {
    const dialog = document.createElement('dialog');
    dialog.setAttribute('aria-labelledby', 'dialog-title');
    const content = html`
      <form method="dialog">
        <h2 id="dialog-title">${title}</h2>
        <p>${text}</p>
        <div class="actions">
          <button value="no">Go back</button>
          <button value="yes" class=${danger ? 'danger' : 'primary'} autofocus>${confirm}</button>
        </div>
      </form>
    `;
    show(dialog, content, () => resolve(dialog.returnValue === 'yes'));
  });
}

/** @param {string} title @param {string} advice @param {string} secret @returns {Promise<void>} */
export function shown(title, advice, secret) {
  return new Promise((resolve) => {
    const dialog = document.createElement('dialog');
    dialog.setAttribute('aria-labelledby', 'dialog-title');
    const content = html`
      <form method="dialog">
        <h2 id="dialog-title">${title}</h2>
        <p>${advice}</p>
        <input class="secret mono" readonly aria-label="The key" .value=${secret} @focus=${select} />
        <div class="actions">
          <button type="button" @click=${(/** @type {Event} */ event) => copy(event, secret)}>Copy</button>
          <button value="yes" class="primary">I have it</button>
        </div>
      </form>
    `;
    show(dialog, content, () => resolve());
  });
}

/** @param {HTMLDialogElement} dialog @param {import('lit').TemplateResult} content @param {() => void} closed */
function show(dialog, content, closed) {
  render(content, dialog);
  document.body.append(dialog);
  dialog.addEventListener('close', () => {
    dialog.remove();
    closed();
  });
  dialog.showModal();
}

/** @param {FocusEvent} event */
function select(event) {
  /** @type {HTMLInputElement} */ (event.target).select();
}

/** @param {Event} event @param {string} secret */
async function copy(event, secret) {
  const button = /** @type {HTMLButtonElement} */ (event.target);
  await navigator.clipboard?.writeText(secret).then(
    () => (button.textContent = 'Copied'),
    () => (button.textContent = 'Select it and copy'),
  );
}
