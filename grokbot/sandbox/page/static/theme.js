/**
 * Light, dark, or as the system has it.
 * @module
 */

const KEY = "grokbot-theme";
export const THEMES = /** @type {const} */ (["system", "dark", "light"]);

/** @returns {string} */
export function theme() {
  try {
    return localStorage.getItem(KEY) ?? "system";
  } catch {
    return "system";
  }
}

/** @param {string} name */
export function setTheme(name) {
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Then it holds for as long as the page is open.
  }
  document.documentElement.dataset.theme = name;
}
