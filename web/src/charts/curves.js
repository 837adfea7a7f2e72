/** The curves that ChatKit names, which are d3-shape's. */

import {
  curveBasis, curveBasisClosed, curveBasisOpen, curveBumpX, curveBumpY, curveLinear, curveLinearClosed,
  curveMonotoneX, curveMonotoneY, curveNatural, curveStep, curveStepAfter, curveStepBefore,
} from 'd3-shape';

/** @type {Readonly<Record<string, import('d3-shape').CurveFactory>>} */
const CURVES = Object.freeze({
  basis: curveBasis, basisClosed: curveBasisClosed, basisOpen: curveBasisOpen,
  bumpX: curveBumpX, bumpY: curveBumpY, bump: curveBumpX,
  linear: curveLinear, linearClosed: curveLinearClosed, natural: curveNatural,
  monotoneX: curveMonotoneX, monotoneY: curveMonotoneY, monotone: curveMonotoneX,
  step: curveStep, stepBefore: curveStepBefore, stepAfter: curveStepAfter,
});

/** @param {string | undefined} name @returns {import('d3-shape').CurveFactory} */
export const curveOf = (name) => (name && Object.hasOwn(CURVES, name) ? CURVES[name] : curveMonotoneX);
