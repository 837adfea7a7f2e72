/** From the `theme` option to custom properties. */

/**
 * @typedef {import('@openai/chatkit').ThemeOption} ThemeOption
 * @typedef {import('@openai/chatkit').ColorScheme} ColorScheme
 */

/** Sizes of the corners: small, medium, large, composer, buttons. */
const RADII = {
  pill: ['8px', '12px', '18px', '26px', '999px'],
  round: ['8px', '12px', '16px', '20px', '12px'],
  soft: ['4px', '6px', '10px', '12px', '6px'],
  sharp: ['0px', '0px', '0px', '0px', '0px'],
};
const UNITS = { compact: '3.4px', normal: '4px', spacious: '4.8px' };
/** How strong the accent colours soft surfaces, by its level. */
const ACCENT = ['8%', '12%', '18%', '26%'];

/** @param {ColorScheme | ThemeOption | undefined} theme @returns {ThemeOption} */
export const asTheme = (theme) => (typeof theme === 'string' ? { colorScheme: theme } : (theme ?? {}));

/**
 * The properties that an element sets on its root.
 * @param {ColorScheme | ThemeOption | undefined} option
 * @returns {Record<string, string | undefined>}
 */
export function properties(option) {
  const { colorScheme = 'light', typography = {}, radius, density, color = {} } = asTheme(option);
  const { accent, grayscale, surface } = color;
  const corners = radius && RADII[radius];
  return {
    'color-scheme': colorScheme === 'dark' ? 'dark' : 'light',
    '--ts-unit': density && UNITS[density],
    '--ts-base': typography.baseSize && `${typography.baseSize}px`,
    '--ts-font': typography.fontFamily,
    '--ts-font-mono': typography.fontFamilyMono,
    '--ts-radius-sm': corners?.[0],
    '--ts-radius-md': corners?.[1],
    '--ts-radius-lg': corners?.[2],
    '--ts-radius-xl': corners?.[3],
    '--ts-radius-control': corners?.[4],
    '--ts-hue': grayscale && String(grayscale.hue),
    '--ts-tint': grayscale && String(0.003 + grayscale.tint * 0.004),
    '--ts-shade': grayscale?.shade ? String(grayscale.shade * -0.012) : undefined,
    '--ts-accent': accent?.primary,
    '--ts-on-accent': accent && readableOn(accent.primary),
    '--ts-accent-soft': accent && `color-mix(in oklab, ${accent.primary} ${ACCENT[accent.level]}, var(--ts-background))`,
    '--ts-background': surface?.background,
    '--ts-foreground': surface?.foreground,
  };
}

/**
 * White or black, whichever has more contrast to a colour: at least 4.5, as they are alike at 0.179 of luminance.
 * @param {string} color
 */
function readableOn(color) {
  const white = 'clamp(0, (0.179 - (0.2126 * r + 0.7152 * g + 0.0722 * b)) * 1000, 1)';
  return `color(from ${color} srgb-linear ${white} ${white} ${white})`;
}

/** Fonts that pages asked for, once each: they belong to the document. @type {Set<string>} */
const loaded = new Set();

/**
 * Load the fonts of a theme. One that can't be loaded is left out.
 * @param {ColorScheme | ThemeOption | undefined} option
 */
export function loadFonts(option) {
  for (const font of asTheme(option).typography?.fontSources ?? []) {
    const name = `${font.family} ${font.src} ${font.weight} ${font.style}`;
    if (loaded.has(name)) continue;
    loaded.add(name);
    const { weight, style, display, unicodeRange } = font;
    const face = new FontFace(font.family, `url(${JSON.stringify(font.src)})`, {
      ...(weight && { weight: String(weight) }),
      ...(style && { style }),
      ...(display && { display }),
      ...(unicodeRange && { unicodeRange }),
    });
    document.fonts.add(face);
    face.load().catch(() => document.fonts.delete(face));
  }
}
