/**
 * The conversation as the bot keeps it: a forest of questions and answers. The path that is shown stands in one line;
 * what branches off stands further in.
 * @module
 */

import { el, rove } from "./dom.js";

/** @typedef {{ node: any, indent: number, level: number }} Line */

/**
 * The nodes in the order in which they are drawn: of several children those off the path first, further in.
 * @param {any[]} nodes
 * @returns {Line[]}
 */
export function lines(nodes) {
  const ids = new Set(nodes.map(({ id }) => id));
  /** @type {Map<string | null, any[]>} */
  const children = new Map();
  for (const node of nodes) {
    const parent = ids.has(node.parent) ? node.parent : null;
    children.set(parent, [...(children.get(parent) ?? []), node]);
  }
  /** @type {Line[]} */
  const all = [];
  /** @type {Line[]} */
  const todo = [];
  const plan = (/** @type {string | null} */ parent, /** @type {number} */ indent, /** @type {number} */ level) => {
    const under = children.get(parent) ?? [];
    const main = under.find(({ on_path }) => on_path) ?? under[under.length - 1];
    const others = under.filter((node) => node !== main);
    // A stack: what is to come last is put on it first.
    if (main) todo.push({ node: main, indent, level });
    for (const node of others.reverse()) todo.push({ node, indent: indent + 1, level });
  };
  plan(null, 0, 1);
  while (todo.length > 0) {
    const line = /** @type {Line} */ (todo.pop());
    all.push(line);
    plan(line.node.id, line.indent, line.level + 1);
  }
  return all;
}

const DEEPEST = 12;

/**
 * The strokes between the dots: by row, in which column, of which shape, and whether on the path.
 * @param {Line[]} drawn
 * @returns {Map<string, boolean>[]} By row: "column shape" to whether it is on the path.
 */
export function strokes(drawn) {
  /** @type {Map<string, boolean>[]} */
  const all = drawn.map(() => new Map());
  const rows = new Map(drawn.map(({ node }, at) => [node.id, at]));
  const column = (/** @type {number} */ at) => Math.min(drawn[at].indent, DEEPEST);
  const put = (/** @type {number} */ row, /** @type {string} */ what, /** @type {boolean} */ path) => all[row].set(what, path || (all[row].get(what) ?? false));
  drawn.forEach(({ node }, to) => {
    const from = rows.get(node.parent);
    if (from === undefined) return;
    const at = column(from);
    put(from, `${at} bottom`, node.on_path);
    for (let row = from + 1; row < to; row += 1) put(row, `${at} full`, node.on_path);
    put(to, column(to) === at ? `${at} top` : `${at} elbow`, node.on_path);
  });
  return all;
}

/** @type {Record<string, string>} */
const STATES = { running: "is being written", stopped: "stopped", failed: "failed", error: "failed", done: "" };

/**
 * @param {any} conversation
 * @param {(message: string) => void} show
 * @returns {HTMLElement}
 */
export function forest(conversation, show) {
  const tree = el("div", { class: "forest", role: "tree", "aria-label": "Conversation" });
  const drawn = lines(conversation.nodes);
  const drawnStrokes = strokes(drawn);
  drawn.forEach(({ node, indent, level }, at) => {
    const model = node.sender === "model";
    const who = model ? node.who || "Grok" : node.who || "Somebody";
    const state = STATES[node.state] ?? node.state;
    const facts = [node.variant ? `variant ${node.variant}` : "", state, node.tokens ? `${node.tokens} tokens` : "", node.cost ? dollars(node.cost) : ""].filter(Boolean).join(" · ");
    const item = el("div", {
      class: ["node", model ? "model" : "human", node.on_path ? "on-path" : "", node.id === conversation.leaf ? "leaf" : ""].filter(Boolean).join(" "),
      role: "treeitem", "aria-level": level, "aria-selected": String(node.id === conversation.leaf), tabindex: at === 0 ? "0" : "-1",
      on: {
        click: () => node.message && show(node.message),
        keydown: (/** @type {KeyboardEvent} */ event) => (event.key === "Enter" || event.key === " ") && node.message && (event.preventDefault(), show(node.message)),
      },
      data: { node: node.id },
    },
    [...drawnStrokes[at]].sort(([, one], [, other]) => Number(one) - Number(other)).map(([what, path]) => {
      const [column, shape] = what.split(" ");
      const stroke = el("i", { class: path ? `stroke ${shape} on` : `stroke ${shape}`, "aria-hidden": "true" });
      stroke.style.setProperty("--column", column);
      return stroke;
    }),
    el("span", { class: "node-dot", "aria-hidden": "true" }),
    el("span", { class: "node-words" },
      el("span", { class: "node-head" }, el("strong", { text: who, dir: "auto" }), facts ? el("span", { class: "muted small", text: facts }) : null),
      el("span", { class: "node-text", text: node.text || "…", dir: "auto" })));
    item.style.setProperty("--indent", String(Math.min(indent, DEEPEST)));
    tree.append(item);
  });
  rove(tree, ".node");
  return tree;
}

/** What something costs. @param {number} cost */
export function dollars(cost) {
  const amount = Number(cost) || 0;
  return amount === 0 ? "$0" : amount < 0.01 ? `$${amount.toFixed(4)}` : `$${amount.toFixed(2)}`;
}
