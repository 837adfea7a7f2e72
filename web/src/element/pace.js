/** How often an element is drawn while an answer comes: often enough for the eye, and never all the time. */

/** From one drawing to the next, in milliseconds: faster is not seen. */
const LEAST = 40;
/** A drawing that took long is followed by so many times as long without one: the page stays usable. */
const REST = 9;
/** At the latest after this time, in milliseconds, there is a drawing. */
const MOST = 500;
/** A page that is hidden gets no frames. It is drawn all the same, this often. */
const HIDDEN = 100;

export class Pace {
  #draw;
  #timer = 0;
  #frame = 0;
  #next = 0;

  /** @param {() => void} draw */
  constructor(draw) {
    this.#draw = draw;
  }

  /** Draw with the next frame that is due. */
  ask() {
    if (this.#timer || this.#frame) return;
    const wait = document.hidden ? HIDDEN : this.#next - performance.now();
    if (wait > 0) this.#timer = window.setTimeout(() => this.#due(), wait);
    else this.#due();
  }

  /** Forget what was asked for. */
  stop() {
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#timer = this.#frame = 0;
  }

  #due() {
    this.#timer = 0;
    if (document.hidden) this.#draw();
    else this.#frame = requestAnimationFrame(() => this.#measured());
  }

  /** What a frame costs is known when the next task begins: the page has been laid out and painted then. */
  #measured() {
    const start = performance.now();
    this.#frame = 0;
    this.#next = start + LEAST;
    this.#draw();
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      const cost = performance.now() - start;
      this.#next = start + Math.min(MOST, Math.max(LEAST, cost * REST));
      port1.close();
    };
    port2.postMessage(null);
  }
}
