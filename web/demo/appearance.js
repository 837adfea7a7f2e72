/** Light or dark: what the visitor chose, else what their system prefers. */

const NAME = 'turnstream:theme';

/** @returns {'light' | 'dark'} */
export function currentTheme() {
  let chosen = null;
  try {
    chosen = localStorage.getItem(NAME);
  } catch {
    // no storage: the system's preference
  }
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** @param {'light' | 'dark'} theme */
export function setTheme(theme) {
  document.documentElement.style.colorScheme = theme;
  try {
    localStorage.setItem(NAME, theme);
  } catch {
    // as above
  }
}
