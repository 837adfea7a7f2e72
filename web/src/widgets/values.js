/** Values of widget properties as CSS: lengths, colours, spacing, borders. Unknown ones are left out. */

/** Numbers are steps of the spacing scale, as in the Widget Studio; texts are CSS. */
const STEP = 'var(--ts-unit)';

/** @param {unknown} value @returns {string | undefined} a distance, such as `gap` */
export function space(value) {
  if (typeof value === 'number' && Number.isFinite(value)) return `calc(${STEP} * ${value})`;
  return typeof value === 'string' ? value : undefined;
}

/** @param {unknown} value @returns {string | undefined} a length, such as `width`: numbers are pixels */
export function length(value) {
  if (typeof value === 'number' && Number.isFinite(value)) return `${value}px`;
  return typeof value === 'string' ? value : undefined;
}

/** @type {Record<string, string>} */
const NAMED = {
  primary: 'var(--ts-foreground)', emphasis: 'var(--ts-foreground)', prose: 'var(--ts-foreground)',
  secondary: 'var(--ts-muted)', tertiary: 'var(--ts-muted)',
  info: 'var(--ts-info)', success: 'var(--ts-success)', warning: 'var(--ts-warning)',
  caution: 'var(--ts-caution)', danger: 'var(--ts-danger)', discovery: 'var(--ts-discovery)',
  surface: 'var(--ts-background)', 'surface-secondary': 'var(--ts-soft)', 'surface-tertiary': 'var(--ts-softer)',
  'surface-elevated': 'var(--ts-raised)', 'surface-elevated-secondary': 'var(--ts-soft)',
  default: 'var(--ts-line)', subtle: 'var(--ts-soft)', strong: 'var(--ts-line-strong)',
};

/** Names such as `blue-500`, as primitive palettes have them. */
const PALETTE = /^(gray|red|pink|orange|yellow|green|purple|blue)-(\d{1,4})$/;
/** @type {Record<string, number>} */
const HUES = { gray: 260, red: 25, pink: 355, orange: 55, yellow: 95, green: 150, purple: 300, blue: 255 };

/** @param {any} value @returns {string | undefined} */
export function color(value) {
  if (value && typeof value === 'object') return `light-dark(${color(value.light) ?? 'inherit'}, ${color(value.dark) ?? 'inherit'})`;
  if (typeof value !== 'string') return undefined;
  const palette = PALETTE.exec(value);
  if (!palette) return NAMED[value] ?? value;
  const step = Math.min(1000, Number(palette[2]));
  return `oklch(${(0.98 - (step / 1000) * 0.75).toFixed(3)} ${palette[1] === 'gray' ? 0.008 : 0.16} ${HUES[palette[1]]})`;
}

const SIDES = /** @type {const} */ ([
  ['top', 'block-start', 'y'],
  ['right', 'inline-end', 'x'],
  ['bottom', 'block-end', 'y'],
  ['left', 'inline-start', 'x'],
]);

/**
 * Padding or margin: one value, or an object by sides.
 * @param {'padding' | 'margin'} name
 * @param {any} value
 * @returns {Record<string, string | undefined>}
 */
export function sides(name, value) {
  if (value == null || typeof value !== 'object') return { [name]: space(value) };
  return Object.fromEntries(SIDES.map(([side, logical, axis]) => [`${name}-${logical}`, space(value[side] ?? value[axis])]));
}

/** @param {any} value @returns {Record<string, string | undefined>} */
export function border(value) {
  if (value == null) return {};
  if (typeof value === 'number' || 'size' in value) return { border: line(value) };
  return Object.fromEntries(SIDES.map(([side, logical, axis]) => [`border-${logical}`, line(value[side] ?? value[axis])]));
}

/** @param {any} value */
function line(value) {
  if (value == null) return undefined;
  if (typeof value === 'number') return `${value}px solid var(--ts-line)`;
  return `${Number(value.size) || 0}px ${value.style ?? 'solid'} ${color(value.color) ?? 'var(--ts-line)'}`;
}

/** @type {Record<string, string>} */
const RADII = {
  '2xs': '2px', xs: '4px', sm: '6px', md: '8px', lg: '10px', xl: '12px', '2xl': '16px', '3xl': '20px', '4xl': '24px',
  full: '9999px', '100%': '100%', none: '0',
};

/** @type {Record<string, string>} */
const ALIGN = { start: 'flex-start', center: 'center', end: 'flex-end', baseline: 'baseline', stretch: 'stretch' };
/** @type {Record<string, string>} */
const JUSTIFY = { ...ALIGN, between: 'space-between', around: 'space-around', evenly: 'space-evenly' };

/**
 * Sizes, margin and corners, which all blocks have.
 * @param {any} node
 * @returns {Record<string, string | undefined>}
 */
export function block(node) {
  return {
    ...sides('margin', node.margin),
    width: length(node.width ?? node.size),
    height: length(node.height ?? node.size),
    'min-width': length(node.minWidth ?? node.minSize),
    'min-height': length(node.minHeight ?? node.minSize),
    'max-width': length(node.maxWidth ?? node.maxSize),
    'max-height': length(node.maxHeight ?? node.maxSize),
    'aspect-ratio': node.aspectRatio == null ? undefined : String(node.aspectRatio),
    'border-radius': RADII[node.radius],
  };
}

/**
 * A box that has children.
 * @param {any} node
 * @param {'row' | 'col'} direction
 * @returns {Record<string, string | undefined>}
 */
export function box(node, direction) {
  return {
    ...block(node),
    ...sides('padding', node.padding),
    ...border(node.border),
    'flex-direction': direction === 'row' ? 'row' : 'column',
    'align-items': ALIGN[node.align] ?? (direction === 'row' ? 'center' : undefined),
    'justify-content': JUSTIFY[node.justify],
    'flex-wrap': node.wrap,
    flex: node.flex == null ? undefined : String(node.flex),
    gap: space(node.gap),
    background: color(node.background),
  };
}
