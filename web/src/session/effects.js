/** Client effects happen once in a tab, though a turn is read from its beginning again after a reload. */

/** The tab remembers one turn: the last that had an effect. */
const NAME = 'turnstream:effects';

export class EffectsSeen {
  /** @param {string} [turnId] without one nothing is remembered */
  constructor(turnId = '') {
    this.turnId = turnId;
  }

  /**
   * Whether the effect at this position is new, and from now on it is not.
   * @param {string | null} position
   */
  first(position) {
    if (!this.turnId || !position) return true;
    const seen = this.#read();
    if (seen && !later(position, seen)) return false;
    try {
      sessionStorage.setItem(NAME, JSON.stringify({ turn: this.turnId, position }));
    } catch {
      // Without storage an effect may happen again after a reload.
    }
    return true;
  }

  /** @returns {string | null} */
  #read() {
    try {
      const { turn, position } = JSON.parse(sessionStorage.getItem(NAME) ?? '{}');
      return turn === this.turnId ? position : null;
    } catch {
      return null;
    }
  }
}

/** Whether one position, `<attempt>-<seq>`, is behind another. @param {string} one @param {string} other */
function later(one, other) {
  const [attempt, seq] = one.split('-').map(Number);
  const [otherAttempt, otherSeq] = other.split('-').map(Number);
  return attempt > otherAttempt || (attempt === otherAttempt && seq > otherSeq);
}
