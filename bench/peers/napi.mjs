// Draws the slide with @napi-rs/canvas: Skia in Node.
import { createCanvas, GlobalFonts } from '@napi-rs/canvas';
import { writeFileSync } from 'node:fs';
import { W, H, slides, sky, glows, stars, card, tile } from './scene.mjs';
import { serve } from './stdio.mjs';

GlobalFonts.registerFromPath(`${process.env.FONTS}/Inter.ttf`, 'Inter');
GlobalFonts.registerFromPath(`${process.env.FONTS}/Emoji.ttf`, 'Emoji');

const canvas = createCanvas(W, H);
const ctx = canvas.getContext('2d');
const layers = { ground: createCanvas(W, H), frost: createCanvas(W, H) };
let painted = false;

function rounded(c, { x, y, w, h = w, r }) {
  c.beginPath();
  c.roundRect(x, y, w, h, r);
}

function gradient(c, from, to, stops) {
  const line = c.createLinearGradient(...from, ...to);
  for (const [at, color] of stops) line.addColorStop(at, color);
  return line;
}

function ground(c) {
  c.fillStyle = gradient(c, [0, 0], [0, H], sky);
  c.fillRect(0, 0, W, H);
  for (const g of glows) {
    c.save();
    c.translate(g.x, g.y);
    c.rotate((g.turn * Math.PI) / 180);
    c.scale(1, g.b / g.a);
    const light = c.createRadialGradient(0, 0, 0, 0, 0, g.a);
    light.addColorStop(0, `rgba(${g.color},${g.strength})`);
    light.addColorStop(1, `rgba(${g.color},0)`);
    c.fillStyle = light;
    c.fillRect(-g.a, -g.a, 2 * g.a, 2 * g.a);
    c.restore();
  }
  for (const s of stars) {
    c.fillStyle = `rgba(255,255,255,${s.alpha})`;
    c.beginPath();
    c.arc(s.x, s.y, s.r, 0, 2 * Math.PI);
    c.fill();
  }
}

function frost(c, from) {
  c.filter = 'blur(30px)';
  c.drawImage(from, 0, 0);
  c.filter = 'none';
}

// The static layer: the background, sharp and blurred.
function paint() {
  ground(layers.ground.getContext('2d'));
  frost(layers.frost.getContext('2d'), layers.ground);
  painted = true;
}

function lines(text, width) {
  const all = [];
  for (const word of text.split(' ')) {
    const longer = all.length ? `${all.at(-1)} ${word}` : word;
    if (all.length && ctx.measureText(longer).width <= width) all[all.length - 1] = longer;
    else all.push(word);
  }
  return all;
}

function write(text, font, color, x, y, leading, width) {
  ctx.font = font;
  ctx.fillStyle = color;
  for (const line of lines(text, width)) {
    ctx.fillText(line, x, y);
    y += leading;
  }
  return y;
}

function sheet(box, shadow) {
  if (shadow) {
    ctx.save();
    ctx.shadowColor = 'rgba(2,4,15,0.55)';
    ctx.shadowBlur = 72;
    ctx.shadowOffsetY = 26;
    ctx.fillStyle = '#070D2C';
    rounded(ctx, box);
    ctx.fill();
    ctx.restore();
  }
  ctx.save();
  rounded(ctx, box);
  ctx.clip();
  ctx.drawImage(layers.frost, 0, 0);
  ctx.fillStyle = 'rgba(7,13,44,0.72)';
  ctx.fillRect(box.x, box.y, box.w, box.h ?? box.w);
  const corner = [box.x + box.w, box.y + (box.h ?? box.w)];
  ctx.fillStyle = gradient(ctx, [box.x, box.y], corner, [[0, 'rgba(157,180,255,0.22)'], [1, 'rgba(143,123,255,0.08)']]);
  ctx.fillRect(box.x, box.y, box.w, box.h ?? box.w);
  ctx.restore();
  ctx.strokeStyle = gradient(ctx, [box.x, box.y], corner, [[0, 'rgba(221,232,255,0.65)'], [1, 'rgba(201,184,255,0.15)']]);
  ctx.lineWidth = 2;
  rounded(ctx, box);
  ctx.stroke();
}

function draw({ emoji, title, body }, at) {
  ctx.drawImage(layers.ground, 0, 0);
  sheet({ x: 84, y: 76, w: 200, h: 60, r: 30 });
  write('Принцип', '650 30px Inter', '#DCE3F7', 112, 116, 36, 400);
  for (let i = 0; i < 10; i++) {
    const x = 718 + i * 24 + (i > at ? 32 : 0);
    ctx.fillStyle = i === at ? '#6FD8FF' : 'rgba(247,249,255,0.34)';
    rounded(ctx, { x, y: 100, w: i === at ? 44 : 12, h: 12, r: 6 });
    ctx.fill();
  }
  sheet(card, true);
  sheet(tile, true);
  const light = ctx.createRadialGradient(236, 336, 0, 236, 336, 99);
  light.addColorStop(0, 'rgba(111,216,255,0.34)');
  light.addColorStop(1, 'rgba(111,216,255,0)');
  ctx.fillStyle = light;
  rounded(ctx, tile);
  ctx.fill();
  ctx.font = '92px Emoji';
  ctx.fillStyle = '#fff';
  ctx.fillText(emoji, 178, 366);
  const y = write(title, '760 84px Inter', '#F7F9FF', 148, 570, 92, 784);
  ctx.fillStyle = gradient(ctx, [148, 0], [260, 0], [[0, '#6BF5CD'], [0.5, '#6FD8FF'], [1, '#CDBFFF']]);
  rounded(ctx, { x: 148, y: y - 40, w: 112, h: 10, r: 5 });
  ctx.fill();
  write(body, '450 46px Inter', '#DCE3F7', 148, y + 50, 64, 784);
  write('@name', '650 30px Inter', '#BCC6E4', 84, 1246, 36, 400);
  ctx.strokeStyle = '#CDBFFF';
  ctx.lineWidth = 5;
  ctx.beginPath();
  ctx.moveTo(950, 1236);
  ctx.lineTo(996, 1236);
  ctx.moveTo(977, 1217);
  ctx.lineTo(996, 1236);
  ctx.lineTo(977, 1255);
  ctx.stroke();
}

let turn = 0;
function one(name) {
  const [what, layer] = name.split('-');
  if (layer === 'fresh' || !painted) paint();
  const at = turn++ % slides.length;
  draw(slides[at], at);
  if (what === 'jpeg') return canvas.toBuffer('image/jpeg', 90);
  if (what === 'png') return canvas.toBuffer('image/png');
  // Skia records operations and draws when a pixel is read.
  return ctx.getImageData(0, 0, 1, 1);
}

if (process.argv[2] === '--show') writeFileSync(process.argv[3], one('png-cached'));
else await serve((name, count) => { for (let i = 0; i < count; i++) one(name); });
