/** The panel "what just happened": the running turn, its events with their positions, and a way to break it. */

/** Events that are shown: older ones go. */
const MOST = 200;

export class Panel {
  #events = 0;

  /**
   * @param {HTMLElement} root
   * @param {import('./prompts.js').Texts} texts
   */
  constructor(root, texts) {
    this.root = root;
    this.facts = /** @type {HTMLElement} */ (root.querySelector('dl'));
    this.list = /** @type {HTMLElement} */ (root.querySelector('ol'));
    this.kill = /** @type {HTMLButtonElement} */ (root.querySelector('button'));
    this.note = /** @type {HTMLElement} */ (root.querySelector('p'));
    /** @type {HTMLElement} */ (root.querySelector('h2')).textContent = texts.panel;
    this.note.textContent = texts.note;
    this.kill.textContent = texts.kill;
    this.kill.addEventListener('click', () => void this.#kill());
  }

  /** @param {{name: string, data?: Record<string, any>}} log what the element tells by `chatkit.log` */
  hear({ name, data = {} }) {
    if (name === 'turn.start') {
      this.list.replaceChildren();
      this.#events = 0;
      this.#fact('turn', data.turnId);
      this.#fact('status', 'running');
      this.kill.disabled = false;
    }
    if (name === 'turn.end') {
      this.#fact('status', data.status);
      this.kill.disabled = true;
    }
    if (data.position) {
      this.#fact('attempt', data.position.split('-')[0]);
      this.#fact('position', data.position);
    }
    this.#row(name.replace(/^event\./, ''), data.position ?? '');
  }

  /** @param {string} name @param {string} value */
  #fact(name, value) {
    let at = this.facts.querySelector(`[data-name="${name}"]`);
    if (!at) {
      const label = document.createElement('dt');
      label.textContent = name;
      at = document.createElement('dd');
      at.setAttribute('data-name', name);
      this.facts.append(label, at);
    }
    if (at.textContent !== value) at.textContent = value;
  }

  /** The same event again is counted, not listed. @param {string} name @param {string} position */
  #row(name, position) {
    const newest = /** @type {HTMLElement | null} */ (this.list.firstElementChild);
    if (newest?.dataset.name === name) {
      newest.dataset.count = String(Number(newest.dataset.count) + 1);
      const [, at, times] = newest.children;
      at.textContent = position;
      times.textContent = `×${newest.dataset.count}`;
      return;
    }
    const row = document.createElement('li');
    row.dataset.name = name;
    row.dataset.count = '1';
    for (const text of [name, position, '']) {
      const cell = document.createElement('span');
      cell.textContent = text;
      row.append(cell);
    }
    this.list.prepend(row);
    if (++this.#events > MOST) this.list.lastElementChild?.remove();
  }

  async #kill() {
    this.kill.disabled = true;
    const answer = await fetch('/demo/kill-workers', { method: 'POST', headers: { 'Turnstream-Client': 'resumable' } });
    this.#row(answer.ok ? 'workers killed' : `HTTP ${answer.status}`, '');
    if (answer.status === 404) this.kill.hidden = true;
  }
}
