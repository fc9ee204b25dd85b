/**
 * Moments in words, and those of them that go on ticking.
 * @module
 */

const locale = "en-US";
const clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit", second: "2-digit" });
const shortDay = new Intl.DateTimeFormat(locale, { month: "2-digit", day: "2-digit", year: "numeric" });
const longDay = new Intl.DateTimeFormat(locale, { month: "long", day: "numeric", year: "numeric" });
const weekDay = new Intl.DateTimeFormat(locale, { weekday: "long" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/**
 * "in 5 minutes", "3 seconds ago".
 * @param {number} seconds Since 1970.
 * @param {number} [now] In seconds.
 */
export function ago(seconds, now = Date.now() / 1000) {
  const away = seconds - now;
  const size = Math.abs(away);
  const [unit, length] = UNITS.find(([, length]) => size >= length) ?? ["second", 1];
  return relative.format(Math.trunc(away / length), unit);
}

/** Whether Intl can show it. @param {number} seconds */
export const shown = (seconds) => Math.abs(seconds) <= 8_640_000_000_000;

/**
 * A moment in one of Discord's styles.
 * @param {number} seconds Since 1970.
 * @param {string} style t T d D f F R
 */
export function moment(seconds, style) {
  const when = new Date(seconds * 1000);
  switch (style) {
    case "t": return clock.format(when);
    case "T": return clockSeconds.format(when);
    case "d": return shortDay.format(when);
    case "D": return longDay.format(when);
    case "F": return `${weekDay.format(when)}, ${longDay.format(when)} at ${clock.format(when)}`;
    case "R": return ago(seconds);
    default: return `${longDay.format(when)} at ${clock.format(when)}`;
  }
}

/** The time of day. @param {string} iso */
export const hour = (iso) => clock.format(new Date(iso));

/** The whole moment, for a tooltip. @param {string} iso */
export const whole = (iso) => moment(Date.parse(iso) / 1000, "F");

/** The day, for a divider. @param {string} iso */
export const day = (iso) => longDay.format(new Date(iso));

/** "5:12 PM", "Yesterday at 5:12 PM", "11/30/2026, 5:12 PM". @param {string} iso */
export function stamp(iso) {
  const when = new Date(iso);
  const now = new Date();
  if (when.toDateString() === now.toDateString()) return clock.format(when);
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (when.toDateString() === yesterday.toDateString()) return `Yesterday at ${clock.format(when)}`;
  return `${shortDay.format(when)}, ${clock.format(when)}`;
}

/** Keeps every relative moment on the page right, once a second. */
export function tick() {
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const text = ago(Number(/** @type {HTMLElement} */ (time).dataset.ago));
      if (time.textContent !== text) time.textContent = text;
    }
  }, 1000);
}

/** 1.2 MB. @param {number} bytes */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(2)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(2)} MB`;
}
