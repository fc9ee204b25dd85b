/**
 * Elements are made here: by createElement only, so that nothing anybody wrote is ever read as HTML.
 * Not here: what the elements mean.
 * @module
 */

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * Makes an element.
 * `props`: `class`, `text`, `data` (dataset), `on` (listeners), `aria-…` and attributes; a property that is `false`,
 * `null` or `undefined` is left out, `true` stands without a value.
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...(Child | Child[])} children
 * @returns {any}
 */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") made.className = value;
    else if (name === "text") made.textContent = value;
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name === "on") for (const [event, heard] of Object.entries(value)) made.addEventListener(event, heard);
    else made.setAttribute(name, value === true ? "" : String(value));
  }
  add(made, children);
  return made;
}

/**
 * Appends children; what is nothing is left out.
 * @param {Node} parent
 * @param {any[]} children
 */
export function add(parent, children) {
  for (const child of children) {
    if (Array.isArray(child)) add(parent, child);
    else if (child !== null && child !== undefined && child !== false) {
      parent.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
    }
  }
}

/**
 * Makes the children of `parent` those of `items`, keeps the elements of items that were there before, in order.
 * @template T
 * @param {HTMLElement} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(made: any, item: T) => void} [update]
 */
export function keyed(parent, items, keyOf, make, update) {
  /** @type {Map<string, HTMLElement>} */
  const before = /** @type {any} */ (parent).keyed ?? new Map();
  /** @type {Map<string, HTMLElement>} */
  const now = new Map();
  let place = parent.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let made = before.get(key);
    if (made === undefined) made = make(item);
    else update?.(made, item);
    now.set(key, made);
    if (made === place) place = place.nextElementSibling;
    else parent.insertBefore(made, place);
  }
  for (const [key, made] of before) if (!now.has(key)) made.remove();
  /** @type {any} */ (parent).keyed = now;
}

/**
 * Replaces the children of `parent` by those of `wanted`, but leaves alone the first ones that are the same.
 * @param {HTMLElement} parent
 * @param {DocumentFragment} wanted
 */
export function morph(parent, wanted) {
  let old = parent.firstChild;
  let fresh = wanted.firstChild;
  while (old !== null && fresh !== null && old.isEqualNode(fresh)) {
    const next = fresh.nextSibling;
    fresh.remove();
    fresh = next;
    old = old.nextSibling;
  }
  while (old !== null) {
    const next = old.nextSibling;
    old.remove();
    old = next;
  }
  parent.appendChild(wanted);
}

/**
 * Whether two plain values are the same all the way down.
 * @param {any} one
 * @param {any} other
 */
export function same(one, other) {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

let count = 0;
/** An id that no other element has. @param {string} what */
export function freshId(what) {
  return `${what}-${++count}`;
}

/**
 * Tells a screen reader something, politely.
 * @param {string} text
 */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (place === null) return;
  const line = el("div", { text: text.slice(0, 2000) });
  place.append(line);
  setTimeout(() => line.remove(), 10_000);
}

/**
 * Lets the arrow keys, Home and End move the focus among elements, one of which can be reached with Tab.
 * @param {HTMLElement} holder
 * @param {string} selector
 * @param {{ horizontal?: boolean, columns?: number }} [how]
 */
export function rove(holder, selector, how = {}) {
  const all = () => /** @type {HTMLElement[]} */ ([...holder.querySelectorAll(selector)]).filter((e) => e.offsetParent !== null);
  holder.addEventListener("keydown", (event) => {
    const items = all();
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (at < 0) return;
    const [back, forth] = how.horizontal ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    const row = how.columns ?? 0;
    /** @type {Record<string, number>} */
    const steps = { [back]: at - (row || 1), [forth]: at + (row || 1), Home: 0, End: items.length - 1 };
    if (row) Object.assign(steps, { ArrowLeft: at - 1, ArrowRight: at + 1 });
    const to = steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = items[row ? Math.max(0, Math.min(items.length - 1, to)) : (to + items.length) % items.length];
    for (const item of items) item.tabIndex = item === next ? 0 : -1;
    next.focus();
  });
}
