/** The panel "what just happened": the running turn, its events with their positions, and a way to break it. */

/** Rows that are shown: older ones go. */
const MOST = 200;

/** @typedef {import('./texts.js').Texts} Texts */

export class Panel {
  #turn = '';
  #attempt = '';

  /**
   * @param {HTMLElement} root
   * @param {Texts} texts
   * @param {boolean} breakable whether a worker may be killed from here
   */
  constructor(root, texts, breakable) {
    const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (root.querySelector(selector));
    this.root = root;
    this.texts = texts;
    this.status = find('.status');
    this.list = find('ol');
    this.said = find('.said');
    this.kill = /** @type {HTMLButtonElement} */ (find('button'));
    this.kill.hidden = !breakable;
    this.kill.addEventListener('click', () => void this.#kill());
    find('h2').textContent = texts.panel;
    find('.note').textContent = texts.note;
    find('button span').textContent = texts.kill;
    find('.empty').textContent = texts.empty;
  }

  /** @param {{name: string, data?: Record<string, any>}} log what the element tells by `chatkit.log` */
  hear({ name, data = {} }) {
    if (name === 'turn.start' && data.turnId !== this.#turn) this.#begin(data.turnId);
    if (name === 'turn.start') this.#now('running');
    if (name === 'turn.end') this.#now(data.status);
    if (data.position) this.#at(data.position);
    this.#row(name.replace(/^event\./, ''), data.position ?? '');
  }

  /** @param {string} turn */
  #begin(turn) {
    this.#turn = turn;
    this.#attempt = '';
    this.list.replaceChildren();
    this.said.textContent = '';
    this.#fact('turn', turn);
    this.#fact('attempt', '…');
    this.#fact('position', '…');
  }

  /** @param {string} status */
  #now(status) {
    this.status.textContent = this.status.dataset.status = status;
    this.kill.disabled = status !== 'running';
  }

  /** @param {string} position */
  #at(position) {
    const [attempt] = position.split('-');
    if (this.#attempt && attempt !== this.#attempt) {
      this.said.textContent = '';
      if (Number(attempt) > 1) this.#row(`attempt ${attempt}`, '').className = 'mark';
    }
    this.#attempt = attempt;
    this.#fact('attempt', attempt);
    this.#fact('position', position);
  }

  /** @param {string} name @param {string} value */
  #fact(name, value) {
    const at = /** @type {HTMLElement} */ (this.root.querySelector(`[data-name="${name}"]`));
    if (at.textContent !== value) at.textContent = at.title = value;
  }

  /** The same event again is counted, not listed. @param {string} name @param {string} position */
  #row(name, position) {
    const newest = /** @type {HTMLElement | null} */ (this.list.firstElementChild);
    if (newest?.dataset.name === name) {
      newest.dataset.count = String(Number(newest.dataset.count) + 1);
      const [, times, at] = newest.children;
      times.textContent = `×${newest.dataset.count}`;
      at.textContent = position;
      return newest;
    }
    const row = document.createElement('li');
    Object.assign(row.dataset, { name, count: '1', kind: name.split('.')[0] });
    for (const text of [name, '', position]) {
      const cell = document.createElement('span');
      cell.textContent = text;
      row.append(cell);
    }
    this.list.prepend(row);
    if (this.list.childElementCount > MOST) this.list.lastElementChild?.remove();
    return row;
  }

  async #kill() {
    this.kill.disabled = true;
    const killed = await killWorker(this.#turn).catch(() => false);
    this.said.textContent = killed ? this.texts.killed : this.texts.idle;
    if (killed) this.#row('worker killed', '').className = 'mark bad';
    this.kill.disabled = this.status.dataset.status !== 'running';
  }
}

/** Whether a worker ran the turn, and is dead now. @param {string} turn */
async function killWorker(turn) {
  const address = new URL(`demo/turns/${turn}/kill-worker`, document.baseURI);
  const answer = await fetch(address, { method: 'POST', headers: { 'Turnstream-Client': 'resumable' } });
  return answer.ok && (await answer.json()).killed;
}
