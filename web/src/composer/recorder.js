/** Speech from the microphone, as one clip. */

/** Formats that browsers record and servers read, best first. */
const FORMATS = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4', 'audio/webm'];
/** Speech is clear at this rate, and five minutes of it are little more than a megabyte. */
const BITS_PER_SECOND = 32_000;

export class Recorder {
  /** @type {Blob[]} */
  #parts = [];

  /** Ask for the microphone and begin. Throws where there is none, or where the user refuses. */
  static async start() {
    return new Recorder(await navigator.mediaDevices.getUserMedia({ audio: true }));
  }

  /** @param {MediaStream} stream */
  constructor(stream) {
    this.stream = stream;
    const mimeType = FORMATS.find((format) => MediaRecorder.isTypeSupported(format));
    this.recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
    this.recorder.ondataavailable = ({ data }) => this.#parts.push(data);
    this.recorder.start();
  }

  /** End, and give what was recorded. @returns {Promise<Blob>} */
  stop() {
    return new Promise((resolve) => {
      this.recorder.onstop = () => resolve(new Blob(this.#parts, { type: this.recorder.mimeType }));
      this.cancel();
    });
  }

  /** End, and let go of the microphone. */
  cancel() {
    if (this.recorder.state !== 'inactive') this.recorder.stop();
    for (const track of this.stream.getTracks()) track.stop();
  }
}

/** Whether this browser and page can record at all: without HTTPS there is no microphone. */
export const canRecord = () => typeof MediaRecorder !== 'undefined' && Boolean(navigator.mediaDevices);

/** A clip as the request carries it. @param {Blob} clip */
export async function clipOf(clip) {
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(clip);
  });
  return { base64: String(url).slice(String(url).indexOf(',') + 1), type: clip.type };
}
