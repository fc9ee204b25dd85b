/**
 * Discord's Markdown: text to a tree, in linear time, whatever the text is.
 * How: blocks are found line by line; inside of them one pass goes from left to right over the marks. Every mark that
 * opens is kept as text in a flat list until one that closes it turns what stands behind it into one node; of each kind
 * at most one is open, so nothing nests deeper than there are kinds.
 * Not here: DOM (render.js).
 * @module
 */

/** @typedef {string | Mark} Piece */
/**
 * @typedef {object} Mark
 * @property {string} kind em strong u s spoiler · code link url · user role channel command everyone moment emoji
 * @property {Piece[]} [inside]
 * @property {string} [text]
 * @property {string} [id]
 * @property {string} [href]
 * @property {string} [style]
 */
/**
 * @typedef {object} Block
 * @property {string} kind text heading small quote code list
 * @property {Piece[]} [inside]
 * @property {Block[]} [blocks]
 * @property {number} [level]
 * @property {string} [text]
 * @property {string} [language]
 * @property {boolean} [ordered]
 * @property {number} [start]
 * @property {Item[]} [items]
 */
/** @typedef {{ inside: Piece[], lists: Block[] }} Item */

const FENCE = "```";
const LANGUAGE = /([A-Za-z0-9_+\-.#]{1,40})\n/y;
const HEADING = /^ {0,3}(#{1,3}) +(\S.*)$/;
const SMALL = /^ {0,3}-# +(\S.*)$/;
const ITEM = /^( {0,40})([-*]|\d{1,9}\.) +(\S.*)$/;
const QUOTE = /^ {0,3}> (.*)$/;
const QUOTE_ALL = /^ {0,3}>>> /;
const MOST_LEVELS = 10;

/**
 * The blocks of a message.
 * @param {string} text
 * @param {boolean} [quoted] Inside of a quote there is no other.
 * @returns {Block[]}
 */
export function parse(text, quoted = false) {
  /** @type {Block[]} */
  const blocks = [];
  /** @type {string[]} */
  let lines = [];
  let noFence = false;
  let at = 0;

  const flush = () => {
    if (lines.length > 0) {
      const whole = lines.join("\n");
      if (whole !== "" || lines.length > 1) blocks.push({ kind: "text", inside: inline(whole) });
      else blocks.push({ kind: "text", inside: ["\n"] });
    }
    lines = [];
  };

  while (at < text.length) {
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found;
    const line = text.slice(at, end);
    if (!quoted && QUOTE_ALL.test(line)) {
      flush();
      blocks.push({ kind: "quote", blocks: parse(text.slice(text.indexOf(">>> ", at) + 4), true) });
      return blocks;
    }
    if (!quoted && QUOTE.test(line)) {
      flush();
      const [inner, after] = taken(text, at, (each) => QUOTE.exec(each)?.[1]);
      blocks.push({ kind: "quote", blocks: parse(inner.join("\n"), true) });
      at = after;
      continue;
    }
    const fence = noFence ? -1 : opened(line);
    if (fence >= 0) {
      const close = text.indexOf(FENCE, at + fence + 3);
      const inner = close < 0 ? "" : text.slice(at + fence + 3, close);
      if (inner.trim() !== "") {
        if (fence > 0) lines.push(line.slice(0, fence));
        flush();
        blocks.push(fenced(inner));
        at = close + 3;
        if (text[at] === "\n") at += 1;
        continue;
      }
      noFence = close < 0;
    }
    const heading = HEADING.exec(line);
    const small = heading === null ? SMALL.exec(line) : null;
    if (heading !== null) {
      flush();
      blocks.push({ kind: "heading", level: heading[1].length, inside: inline(heading[2]) });
    } else if (small !== null) {
      flush();
      blocks.push({ kind: "small", inside: inline(small[1]) });
    } else if (ITEM.test(line)) {
      flush();
      const [inner, after] = taken(text, at, (each, first) =>
        ITEM.test(each) || (!first && /^ {2,}\S/.test(each)) ? each : undefined,
      );
      blocks.push(...listed(inner));
      at = after;
      continue;
    } else {
      lines.push(line);
    }
    at = end + 1;
  }
  flush();
  return blocks;
}

/**
 * The lines from `at` on that `take` takes, and where the rest begins.
 * @param {string} text
 * @param {number} at
 * @param {(line: string, first: boolean) => string | undefined} take
 * @returns {[string[], number]}
 */
function taken(text, at, take) {
  const got = [];
  while (at < text.length) {
    const found = text.indexOf("\n", at);
    const end = found < 0 ? text.length : found;
    const line = take(text.slice(at, end), got.length === 0);
    if (line === undefined) break;
    got.push(line);
    at = end + 1;
  }
  return [got, at];
}

/** Where a fence begins that no backslash escapes; -1: nowhere. @param {string} line */
function opened(line) {
  let at = line.indexOf(FENCE);
  while (at > 0 && line[at - 1] === "\\") at = line.indexOf(FENCE, at + 3);
  return at;
}

/** @param {string} inner @returns {Block} */
function fenced(inner) {
  LANGUAGE.lastIndex = 0;
  const named = LANGUAGE.exec(inner);
  const body = named !== null && inner.slice(named[0].length).trim() !== "" ? inner.slice(named[0].length) : inner;
  const language = body === inner ? "" : (named?.[1] ?? "");
  let start = 0;
  while (body[start] === "\n") start += 1;
  return { kind: "code", language, text: body.slice(start).trimEnd() };
}

/** Lists, nested by how far their items stand in. @param {string[]} lines @returns {Block[]} */
function listed(lines) {
  /** @type {Block[]} */
  const roots = [];
  /** @type {{ indent: number, list: Block, siblings: Block[] }[]} */
  const open = [];
  /** @type {{ text: string[], item: Item }[]} */
  const texts = [];
  for (const line of lines) {
    const found = ITEM.exec(line);
    if (found === null) {
      texts[texts.length - 1].text.push(line.trim());
      continue;
    }
    const indent = found[1].length;
    const ordered = found[2].length > 1;
    while (open.length > 1 && indent < open[open.length - 1].indent) open.pop();
    let top = open[open.length - 1];
    if (top === undefined || (indent > top.indent && open.length < MOST_LEVELS)) {
      /** @type {Block} */
      const list = { kind: "list", ordered, start: ordered ? parseInt(found[2], 10) : 1, items: [] };
      const siblings = top === undefined ? roots : /** @type {Item[]} */ (top.list.items).slice(-1)[0].lists;
      siblings.push(list);
      top = { indent, list, siblings };
      open.push(top);
    } else if (ordered !== top.list.ordered) {
      top.list = { kind: "list", ordered, start: ordered ? parseInt(found[2], 10) : 1, items: [] };
      top.siblings.push(top.list);
    }
    /** @type {Item} */
    const item = { inside: [], lists: [] };
    /** @type {Item[]} */ (top.list.items).push(item);
    texts.push({ text: [found[3]], item });
  }
  for (const { text, item } of texts) item.inside = inline(text.join("\n"));
  return roots;
}

const NEXT = /[\\`*_~|[\]<@]|https?:\/\//g;
const ANGLE =
  /<(?:@(!?)(\d{1,20})>|@&(\d{1,20})>|#(\d{1,20})>|\/([^\n:<>]{1,100}):(\d{1,20})>|t:(-?\d{1,17})(?::([tTdDfFR]))?>|a?:(\w{1,32}):(\d{1,20})>|(https?:\/\/[^\s<>]{1,2000})>)/y;
const BARE = /https?:\/\/(?:\[[\da-fA-F:.]{2,45}\]|[^\s<>()[\]{}|\\^`"*~/?#:]{1,255})(?:[/?#:][^\s<]{0,2000})?/y;
const TARGET = /\(\s{0,9}(?:<(https?:\/\/[^\s<>]{1,2000})>|(https?:\/\/(?:[^\s()\\]|\([^\s()]{0,500}\)|\\[^\s]){1,2000}))(?:\s{1,9}"[^"\n]{0,300}")?\s{0,9}\)/y;
const SHRUG = "¯\\_(ツ)_/¯";
const WORD = /\w/;
const SPACE = /\s/;
/** @type {Record<string, string>} */
const KINDS = { "*": "em", "**": "strong", _: "em", __: "u", "~~": "s", "||": "spoiler" };

/**
 * What stands in a line or a paragraph.
 * @param {string} text
 * @returns {Piece[]}
 */
export function inline(text) {
  return new Line(text).pieces();
}

class Line {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    /** @type {Piece[]} */
    this.items = [];
    /** @type {{ mark: string, index: number }[]} */
    this.stack = [];
    /** @type {Map<string, number>} Where in the stack the one stands that is open. */
    this.open = new Map();
    /** @type {number[]} Items that are an open bracket. */
    this.brackets = [];
    this.linkAt = -1;
    /** @type {Map<number, number[]> | null} */
    this.ticks = null;
    this.at = 0;
  }

  /** @returns {Piece[]} */
  pieces() {
    const { text } = this;
    while (this.at < text.length) {
      NEXT.lastIndex = this.at;
      const found = NEXT.exec(text);
      if (found === null) break;
      if (found.index > this.at) this.items.push(text.slice(this.at, found.index));
      this.at = found.index;
      this.#step(found[0][0]);
    }
    if (this.at < text.length) this.items.push(text.slice(this.at));
    return joined(this.items);
  }

  /** @param {string} sign */
  #step(sign) {
    switch (sign) {
      case "\\": return this.#escape();
      case "`": return this.#code();
      case "*":
      case "_": return this.#emphasis(sign);
      case "~":
      case "|": return this.#pair(sign);
      case "[":
        this.brackets.push(this.items.length);
        return this.#literal("[");
      case "]": return this.#link();
      case "<": return this.#angle();
      case "@": return this.#everyone();
      default: return this.#address();
    }
  }

  /** @param {string} text */
  #literal(text) {
    this.items.push(text);
    this.at += text.length;
  }

  #escape() {
    if (this.text.startsWith(SHRUG, this.at - 1)) return this.#literal(SHRUG.slice(1));
    const next = this.text[this.at + 1];
    if (next === undefined || /[0-9A-Za-z\s\u0080-\uffff]/.test(next)) return this.#literal("\\");
    this.items.push(next);
    this.at += 2;
  }

  #code() {
    const { text, at } = this;
    let end = at;
    while (text[end] === "`") end += 1;
    const close = this.#tick(end - at, end);
    if (close < 0) return this.#literal(text.slice(at, end));
    let body = text.slice(end, close);
    if (/^ ?`/.test(body) || /` ?$/.test(body)) body = body.replace(/^ /, "").replace(/ $/, "");
    this.items.push({ kind: "code", text: body });
    this.at = close + end - at;
  }

  /** The next run of so many backticks. @param {number} length @param {number} from */
  #tick(length, from) {
    if (this.ticks === null) {
      this.ticks = new Map();
      for (const run of this.text.matchAll(/`+/g)) {
        const known = this.ticks.get(run[0].length);
        if (known === undefined) this.ticks.set(run[0].length, [run.index]);
        else known.push(run.index);
      }
      for (const all of this.ticks.values()) all.reverse();
    }
    const places = this.ticks.get(length) ?? [];
    while (places.length > 0 && places[places.length - 1] < from) places.pop();
    return places.length > 0 ? places[places.length - 1] : -1;
  }

  /** @param {string} sign */
  #emphasis(sign) {
    const { text, at } = this;
    let end = at;
    while (text[end] === sign) end += 1;
    const count = end - at;
    const one = sign;
    const two = sign + sign;
    const before = text[at - 1] ?? " ";
    const after = text[end] ?? " ";
    const closes = !SPACE.test(before) && (sign === "*" || !WORD.test(after)) && this.open.has(one);
    const opens = !SPACE.test(after) && (sign === "*" || !WORD.test(before));
    const ends = this.open.has(two);
    this.at = end;
    if (count === 1) return closes ? this.#close(one) : opens ? this.#begin(one) : void this.items.push(one);
    if (count === 2) return ends ? this.#close(two) : end < text.length ? this.#begin(two) : void this.items.push(two);
    const needed = (closes ? 1 : 0) + (ends ? 2 : 0);
    if (needed === 0) {
      if (count > 3 || end === text.length) return void this.items.push(text.slice(at, end));
      this.#begin(two);
      return opens ? this.#begin(one) : void this.items.push(one);
    }
    const rest = count - needed;
    if (rest > 0 && count > 3) this.items.push(sign.repeat(rest));
    const oneIsInner = (this.open.get(one) ?? -1) > (this.open.get(two) ?? -1);
    if (closes && oneIsInner) this.#close(one);
    if (ends) this.#close(two);
    if (closes && !oneIsInner && this.open.has(one)) this.#close(one);
    if (rest > 0 && count === 3) {
      if (rest === 2) this.#begin(two);
      else if (opens) this.#begin(one);
      else this.items.push(one);
    }
  }

  /** @param {string} sign */
  #pair(sign) {
    const two = sign + sign;
    if (this.text[this.at + 1] !== sign) return this.#literal(sign);
    this.at += 2;
    if (!this.open.has(two)) return this.#begin(two);
    const { index } = this.stack[/** @type {number} */ (this.open.get(two))];
    if (index === this.items.length - 1) return void this.items.push(two);
    return this.#close(two);
  }

  /** @param {string} mark */
  #begin(mark) {
    this.open.set(mark, this.stack.length);
    this.stack.push({ mark, index: this.items.length });
    this.items.push(mark);
  }

  /** @param {string} mark */
  #close(mark) {
    const place = /** @type {number} */ (this.open.get(mark));
    const { index } = this.stack[place];
    this.#forget(index);
    this.#wrap(index, { kind: KINDS[mark] });
  }

  /** Nothing that was opened from here on can be closed any more. @param {number} index */
  #forget(index) {
    while (this.stack.length > 0 && this.stack[this.stack.length - 1].index >= index) {
      const { mark } = /** @type {{ mark: string }} */ (this.stack.pop());
      if (this.open.get(mark) === this.stack.length) this.open.delete(mark);
    }
    while (this.brackets.length > 0 && this.brackets[this.brackets.length - 1] >= index) this.brackets.pop();
  }

  /** Makes one node of what stands behind an item. @param {number} index @param {Mark} node */
  #wrap(index, node) {
    const inside = this.items.splice(index + 1);
    this.items.pop();
    if (this.linkAt > index) this.linkAt = index;
    this.items.push({ ...node, inside: joined(inside) });
  }

  #link() {
    const index = this.brackets.pop();
    TARGET.lastIndex = this.at + 1;
    const target = index === undefined ? null : TARGET.exec(this.text);
    const href = target === null ? null : safe(target[1] ?? target[2]);
    if (index === undefined || target === null || href === null || this.linkAt > index || index === this.items.length - 1) {
      return this.#literal("]");
    }
    this.#forget(index);
    this.#wrap(index, { kind: "link", href });
    this.linkAt = index;
    this.brackets.length = 0;
    this.at = TARGET.lastIndex;
  }

  #angle() {
    ANGLE.lastIndex = this.at;
    const found = ANGLE.exec(this.text);
    if (found === null) return this.#literal("<");
    const [whole, , user, role, channel, command, commandId, seconds, style, emoji, , address] = found;
    this.at += whole.length;
    if (user !== undefined) this.items.push({ kind: "user", id: user });
    else if (role !== undefined) this.items.push({ kind: "role", id: role });
    else if (channel !== undefined) this.items.push({ kind: "channel", id: channel });
    else if (command !== undefined) this.items.push({ kind: "command", text: command, id: commandId });
    else if (seconds !== undefined) this.items.push({ kind: "moment", text: seconds, style: style ?? "f" });
    else if (emoji !== undefined) this.items.push({ kind: "emoji", text: emoji });
    else this.#url(address);
  }

  #everyone() {
    const found = ["@everyone", "@here"].find((name) => this.text.startsWith(name, this.at));
    if (found === undefined) return this.#literal("@");
    this.items.push({ kind: "everyone", text: found });
    this.at += found.length;
  }

  #address() {
    BARE.lastIndex = this.at;
    const found = BARE.exec(this.text);
    if (found === null) return this.#literal("h");
    let url = found[0];
    for (const mark of ["**", "||", "~~", "*"]) {
      if (this.open.has(mark) && url.includes(mark)) url = url.slice(0, url.indexOf(mark));
    }
    if (this.brackets.length > 0 && url.includes("]")) url = url.slice(0, url.indexOf("]"));
    url = trimmed(url);
    for (const mark of ["__", "_"]) if (this.open.has(mark) && url.endsWith(mark)) url = url.slice(0, -mark.length);
    if (safe(url) === null) return this.#literal("h");
    this.at += url.length;
    this.#url(url);
  }

  /** @param {string} url */
  #url(url) {
    const href = safe(url);
    if (href === null) return void this.items.push(url);
    this.linkAt = this.items.length;
    this.items.push({ kind: "url", href, text: url });
  }
}

/** A bare address without the punctuation of the sentence around it. @param {string} url */
function trimmed(url) {
  let end = url.length;
  let closing = 0;
  for (const sign of url) closing += sign === ")" ? 1 : sign === "(" ? -1 : 0;
  while (end > 0) {
    const last = url[end - 1];
    if (last === ")" && closing > 0) closing -= 1;
    else if (!".,:;\"'!?]".includes(last)) break;
    end -= 1;
  }
  return url.slice(0, end);
}

/** The address, if it is one of the web; else null. @param {string} url */
export function safe(url) {
  try {
    const read = new URL(url);
    return read.protocol === "https:" || read.protocol === "http:" ? read.href : null;
  } catch {
    return null;
  }
}

/** Neighbouring texts become one. @param {Piece[]} items @returns {Piece[]} */
function joined(items) {
  /** @type {Piece[]} */
  const whole = [];
  /** @type {string[]} */
  let texts = [];
  for (const item of items) {
    if (typeof item === "string") {
      texts.push(item);
      continue;
    }
    if (texts.length > 0) whole.push(texts.join(""));
    texts = [];
    whole.push(item);
  }
  if (texts.length > 0) whole.push(texts.join(""));
  return whole;
}

const EMOJI = /^(?:\p{RGI_Emoji}|\s){1,60}$/v;

/** Whether a message is nothing but a few emoji, which are then shown large. @param {string} text */
export const isJumbo = (text) => text.length <= 120 && EMOJI.test(text) && text.trim() !== "";
