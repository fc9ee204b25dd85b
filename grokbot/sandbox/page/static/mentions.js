/**
 * Names as one types them, and as Discord writes them: `@alice` and `<@1>`, `#general` and `<#2>`.
 * @module
 */

/**
 * All names that stand for something here, the longest first.
 * @param {import("./state.js").State} state
 * @returns {[string, string][]} As typed, as written.
 */
function pairs(state) {
  /** @type {[string, string][]} */
  const all = [];
  for (const member of state.members) all.push([`@${member.name}`, `<@${member.id}>`]);
  for (const role of state.guild?.roles ?? []) if (!/^@?everyone$/.test(role.name)) all.push([`@${role.name}`, `<@&${role.id}>`]);
  for (const channel of state.guild?.channels ?? []) all.push([`#${channel.name}`, `<#${channel.id}>`]);
  return all.filter(([typed]) => typed.length > 1).sort(([one], [other]) => other.length - one.length);
}

/**
 * What is sent for what was typed. Code stays as it is.
 * @param {string} text
 * @param {import("./state.js").State} state
 */
export function written(text, state) {
  const all = pairs(state);
  if (all.length === 0) return text;
  const quoted = all.map(([typed]) => typed.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  const names = new RegExp(`(?<![\\w<])(?:${quoted.join("|")})(?!\\w)`, "g");
  const known = new Map(all);
  return text.split(/(```[^]*?```|`[^`\n]*`)/).map((part, at) => (at % 2 ? part : part.replace(names, (name) => known.get(name) ?? name))).join("");
}

/**
 * What one sees in the box for what was sent.
 * @param {string} text
 * @param {import("./state.js").State} state
 */
export function typed(text, state) {
  const known = new Map(pairs(state).map(([shown, sent]) => [sent, shown]));
  return text.replace(/<(?:@[!&]?|#)\d+>/g, (sent) => known.get(sent.replace("<@!", "<@")) ?? sent);
}
