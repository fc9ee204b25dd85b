/**
 * The WebSocket to the sandbox: it comes back by itself, and says again who we are and what is open.
 * Not here: what arrives (state.js).
 * @module
 */

const FIRST_WAIT = 250, LONGEST_WAIT = 4000, PATIENCE = 20_000;

/** What was asked for was refused, or could not be asked. */
export class CallError extends Error {}

export class Connection {
  /**
   * @param {URL} url
   * @param {(frame: any) => void} heard
   * @param {(connected: boolean) => void} changed
   */
  constructor(url, heard, changed) {
    this.url = url;
    this.heard = heard;
    this.changed = changed;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.wait = FIRST_WAIT;
    this.calls = 0;
    /** @type {Map<number, { resolve: (answer: any) => void, reject: (error: Error) => void, timer: number }>} */
    this.pending = new Map();
    /** @type {Map<string, any>} What is said again after a new start, by its op. */
    this.standing = new Map();
    this.#open();
    addEventListener("online", () => this.socket ?? this.#open());
  }

  get connected() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Says something that holds until it is said anew: who we are, what is open. @param {any} frame */
  stand(frame) {
    this.standing.set(frame.op, frame);
    if (this.connected) this.socket?.send(JSON.stringify(frame));
  }

  /**
   * Asks for something, and waits for the answer.
   * @param {string} name
   * @param {Record<string, any>} [what]
   * @returns {Promise<any>}
   */
  call(name, what = {}) {
    if (!this.connected) return Promise.reject(new CallError("The sandbox is not reachable just now. Try again in a moment."));
    const id = ++this.calls;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(id, { ok: false, error: "No answer came." }), PATIENCE);
      this.pending.set(id, { resolve, reject, timer });
      this.socket?.send(JSON.stringify({ op: "call", id, do: name, ...what }));
    });
  }

  #open() {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      for (const op of ["become", "open", "panel"]) {
        const frame = this.standing.get(op);
        if (frame !== undefined) socket.send(JSON.stringify(frame));
      }
      this.changed(true);
    };
    socket.onmessage = ({ data }) => {
      const frame = JSON.parse(data);
      if (frame.op === "answer") this.#settle(frame.id, frame);
      else this.heard(frame);
    };
    socket.onclose = () => {
      if (this.socket !== socket) return;
      this.socket = null;
      for (const id of [...this.pending.keys()]) this.#settle(id, { ok: false, error: "The connection broke before the answer came." });
      this.changed(false);
      setTimeout(() => this.socket ?? this.#open(), this.wait * (0.75 + Math.random() / 2));
      this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
    };
  }

  /** @param {number} id @param {any} answer */
  #settle(id, answer) {
    const waiting = this.pending.get(id);
    if (waiting === undefined) return;
    this.pending.delete(id);
    clearTimeout(waiting.timer);
    if (answer.ok) waiting.resolve(answer);
    else waiting.reject(new CallError(answer.error || "That did not work."));
  }
}
