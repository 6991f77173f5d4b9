// The slide that all stacks draw, as far as canvas and CSS can express it: the theme `aurora` without its
// curtains of light, which only our renderer draws. Sizes are in pixels of 1080 × 1350.
import { readFileSync } from 'node:fs';

export const W = 1080, H = 1350;

export const slides = readFileSync(new URL('words.txt', import.meta.url), 'utf8')
  .trim().split('\n')
  .map((line) => { const [emoji, title, body] = line.split('|'); return { emoji, title, body }; });

export const sky = [[0, '#050A1E'], [0.45, '#0A1030'], [0.8, '#0B0F2B'], [1, '#060818']];

// x, y, radius across, radius down, turn in degrees, colour, strength
export const glows = [
  [0.15, 0.06, 0.75, 0.30, -12, '28,77,160', 0.55],
  [1.30, 0.16, 0.80, 0.36, 10, '67,42,150', 0.60],
  [0.75, 0.98, 0.70, 0.26, 8, '90,31,134', 0.60],
  [-0.35, 0.04, 0.70, 0.32, -6, '19,106,120', 0.50],
  [0.50, 0.40, 0.90, 0.22, -14, '39,224,168', 0.45],
  [0.40, 0.55, 0.80, 0.20, -10, '111,85,230', 0.40],
].map(([x, y, a, b, turn, color, strength]) => ({ x: x * W, y: y * H, a: a * W, b: b * W, turn, color, strength }));

// The same 150 stars for all stacks.
let seed = 20261124;
const chance = () => ((seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32);
export const stars = Array.from({ length: 150 }, () => ({
  x: chance() * W, y: chance() * 0.62 * H, r: 0.6 + chance() * 1.4, alpha: 0.2 + chance() * 0.7,
}));

export const card = { x: 84, y: 180, w: 912, h: 1020, r: 52 };
export const tile = { x: 148, y: 248, w: 176, r: 37 };
