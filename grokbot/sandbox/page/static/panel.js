/**
 * What is else invisible: requests, limits, the conversation's forest, and switches that cause trouble.
 * @module
 */

import { el, keyed, rove } from "./dom.js";
import { icon } from "./icons.js";
import { dollars, forest } from "./forest.js";

const TABS = /** @type {const} */ ([["traffic", "Traffic", "traffic"], ["limits", "Limits", "gauge"], ["conversation", "Conversation", "tree"], ["trouble", "Trouble", "bolt"]]);

export class Panel {
  /**
   * @param {import("./state.js").State} state
   * @param {{ call: (name: string, what: any) => Promise<any>, show: (message: string) => void, toast: (text: string) => void, close: () => void }} acts
   */
  constructor(state, acts) {
    this.state = state;
    this.acts = acts;
    this.tab = "traffic";
    /** @type {Map<string, any>} */
    this.tabs = new Map();
    /** @type {Map<string, any>} */
    this.pages = new Map();
    const bar = el("div", { class: "tabs", role: "tablist", "aria-label": "Behind the scenes" });
    for (const [name, label, drawn] of TABS) {
      const tab = el("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `page-${name}`, class: "tab", on: { click: () => this.choose(name) } }, icon(drawn), label);
      this.tabs.set(name, tab);
      bar.append(tab);
      this.pages.set(name, el("div", { role: "tabpanel", id: `page-${name}`, "aria-labelledby": `tab-${name}`, tabindex: "0", class: `panel-page ${name}` }));
    }
    rove(bar, ".tab", { horizontal: true });
    bar.addEventListener("focusin", (/** @type {FocusEvent} */ event) => this.choose(/** @type {HTMLElement} */ (event.target).id.replace("tab-", "")));
    const close = el("button", { type: "button", class: "icon-button", "aria-label": "Close the panel", on: { click: () => acts.close() } }, icon("close"));
    this.element = el("aside", { class: "panel", id: "panel", "aria-label": "Behind the scenes", hidden: true }, el("header", { class: "panel-head" }, bar, close), ...this.pages.values());
    this.sums = el("dl", { class: "sums" });
    this.traffic = el("ol", { class: "entries", reversed: true });
    this.pages.get("traffic").append(this.sums, this.traffic);
    this.buckets = el("div", { class: "buckets" });
    this.noBuckets = el("p", { class: "muted", text: "All buckets are full just now." });
    this.pages.get("limits").append(el("p", { class: "muted small", text: "Each bucket is a number of requests that Discord allows in a while. The bot spaces its edits so that none runs empty." }), this.buckets, this.noBuckets);
    this.troubles = el("div", { class: "troubles" });
    this.pages.get("trouble").append(el("p", { class: "muted small", text: "Break something, and see how the bot takes it." }), this.troubles);
    this.waiting = new Set();
    state.on("panel", (what) => this.#changed(what));
    state.on("place", () => this.#changed("forest"));
    this.choose("traffic");
    // The server says when a bucket changes; the seconds between are counted here.
    setInterval(() => { if (!this.buckets.hidden) for (const row of this.buckets.children) /** @type {any} */ (row).tell(); }, 500);
  }

  /** @param {string} name */
  choose(name) {
    this.tab = name;
    for (const [each, tab] of this.tabs) {
      tab.setAttribute("aria-selected", String(each === name));
      tab.tabIndex = each === name ? 0 : -1;
      this.pages.get(each).hidden = each !== name;
    }
    this.drawAll();
  }

  drawAll() {
    for (const what of ["traffic", "sums", "buckets", "forest", "troubles"]) this.#changed(what);
  }

  /** Draws once a frame, and only what is seen. @param {string} what */
  #changed(what) {
    const page = { traffic: "traffic", sums: "traffic", buckets: "limits", forest: "conversation", troubles: "trouble" }[what];
    if (this.element.hidden || page !== this.tab || this.waiting.has(what)) return;
    this.waiting.add(what);
    requestAnimationFrame(() => {
      this.waiting.delete(what);
      if (what === "traffic") this.#drawTraffic();
      else if (what === "sums") this.#drawSums();
      else if (what === "buckets") this.#drawBuckets();
      else if (what === "forest") this.#drawForest();
      else this.#drawTroubles();
    });
  }

  #drawSums() {
    const { sums } = this.state.panel;
    if (sums === null) return;
    // What the real Grok is asked, and what it costs, does not pass here; no zeros are told of it.
    const grok = sums.grok === "real" ? [] : [["Grok calls", sums.grok_calls], ["Tokens in", sums.tokens_in], ["Tokens out", sums.tokens_out], ["Cost", dollars(sums.cost)]];
    const facts = [["Requests", sums.requests], ["Edits", sums.edits], ["Refused", sums.refused], ...grok];
    this.sums.replaceChildren(...facts.map(([name, value]) => el("div", {}, el("dt", { text: name }), el("dd", { text: typeof value === "number" ? value.toLocaleString("en-US") : value }))));
  }

  #drawTraffic() {
    const entries = [...this.state.panel.entries.values()].sort((one, other) => other.n - one.n).slice(0, 300);
    keyed(this.traffic, entries, ({ n }) => String(n), (entry) => {
      const row = el("li", { class: "entry" });
      this.#entryIs(row, entry);
      return row;
    }, (row, entry) => this.#entryIs(row, entry));
  }

  /** @param {any} row @param {any} entry */
  #entryIs(row, entry) {
    const key = JSON.stringify(entry);
    if (row.drawn === key) return;
    row.drawn = key;
    const status = String(entry.status ?? "");
    const good = /^(2\d\d|OK)$/.test(status);
    const pending = status === "" || /^(…|running|open|real)$/.test(status);
    row.className = `entry ${entry.to}`;
    row.replaceChildren(
      el("span", { class: "entry-to", text: entry.to === "grok" ? "Grok" : "Discord" }),
      el("span", { class: "entry-what", text: entry.what, title: entry.what }),
      el("span", { class: `entry-status ${pending ? "" : good ? "good" : "bad"}`, text: status || "…" }),
      el("span", { class: "entry-took muted", text: typeof entry.took === "number" ? (entry.took < 1 ? `${Math.round(entry.took * 1000)} ms` : `${entry.took.toFixed(1)} s`) : "" }),
      entry.note ? el("span", { class: "entry-note muted", text: entry.note, title: entry.note }) : "");
  }

  #drawBuckets() {
    const { buckets } = this.state.panel;
    this.noBuckets.hidden = buckets.length > 0;
    keyed(this.buckets, buckets, ({ name, place }) => `${name} ${place}`, (bucket) => {
      const row = el("div", { class: "bucket" }, el("div", { class: "bucket-name" }, el("span"), el("span", { class: "muted small" })), el("meter", { min: 0 }), el("div", { class: "muted small" }));
      this.#bucketIs(row, bucket);
      return row;
    }, (row, bucket) => this.#bucketIs(row, bucket));
  }

  /** @param {any} row @param {any} bucket */
  #bucketIs(row, bucket) {
    const [head, meter, foot] = row.children;
    head.firstElementChild.textContent = bucket.name;
    head.lastElementChild.textContent = bucket.place ?? "";
    meter.max = bucket.limit;
    meter.low = bucket.limit / 3;
    meter.high = bucket.limit / 1.5;
    meter.optimum = bucket.limit;
    meter.value = bucket.remaining;
    meter.setAttribute("aria-label", `${bucket.name} ${bucket.place ?? ""}`);
    const left = `${bucket.remaining} of ${bucket.limit} left`;
    row.until = performance.now() + bucket.resets * 1000;
    row.tell = () => {
      const seconds = Math.ceil((row.until - performance.now()) / 1000);
      const wait = seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} s`;
      const text = seconds > 0 ? `${left}, full again in ${wait}` : left;
      if (foot.textContent !== text) foot.textContent = text;
    };
    row.tell();
  }

  #drawForest() {
    const page = this.pages.get("conversation");
    const { forest: found } = this.state.panel;
    const conversation = found?.channel === this.state.open ? found?.conversation : null;
    const key = JSON.stringify(conversation ?? null);
    if (page.drawn === key) return;
    page.drawn = key;
    const focused = /** @type {HTMLElement} */ (document.activeElement)?.dataset?.node;
    if (!conversation) return page.replaceChildren(el("p", { class: "muted", text: "There is no conversation in this channel. Mention the bot, then open the thread of its answer." }));
    const facts = [conversation.mode, conversation.model, `${conversation.nodes.length} messages`, dollars(conversation.cost)].filter(Boolean).join(" · ");
    page.replaceChildren(el("h2", { text: conversation.title || "Conversation", dir: "auto" }), el("p", { class: "muted small", text: facts }), forest(conversation, this.acts.show));
    if (focused) page.querySelector(`[data-node="${CSS.escape(focused)}"]`)?.focus();
    return undefined;
  }

  #drawTroubles() {
    keyed(this.troubles, this.state.panel.troubles, ({ name }) => name, (trouble) => {
      const isSwitch = trouble.kind === "switch";
      const press = async () => {
        const now = this.state.panel.troubles.find((/** @type {any} */ each) => each.name === trouble.name) ?? trouble;
        try {
          await this.acts.call("trouble", { name: trouble.name, on: isSwitch ? !now.on : true });
        } catch (error) {
          this.acts.toast(/** @type {Error} */ (error).message);
        }
      };
      const id = `trouble-${trouble.name.replace(/\W+/g, "-")}`;
      const button = isSwitch
        ? el("button", { type: "button", class: "toggle", role: "switch", "aria-checked": String(trouble.on), "aria-labelledby": id, on: { click: press } }, el("span"))
        : el("button", { type: "button", class: "component-button secondary", text: "Do it", "aria-label": trouble.label, on: { click: press } });
      return el("div", { class: "trouble-row" }, el("div", {}, el("div", { class: "trouble-label", id, text: trouble.label }), el("div", { class: "muted small", text: trouble.help ?? "" })), button);
    }, (row, trouble) => {
      row.querySelector("[role=switch]")?.setAttribute("aria-checked", String(Boolean(trouble.on)));
      row.querySelector(".trouble-label").textContent = trouble.label;
    });
  }
}
