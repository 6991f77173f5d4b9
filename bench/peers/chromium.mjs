// Draws the slide as a web page in headless Chromium, in one page that is reused.
import puppeteer from 'puppeteer-core';
import { readFileSync, writeFileSync } from 'node:fs';
import { W, H, slides, sky, glows, stars, card, tile } from './scene.mjs';
import { serve } from './stdio.mjs';

const font = (file) => readFileSync(`${process.env.FONTS}/${file}`).toString('base64');
const dots = Array.from({ length: 10 }, (_, i) => `<i id="d${i}"></i>`).join('');
const glass = 'backdrop-filter:blur(30px);background:linear-gradient(135deg,rgba(157,180,255,.22),rgba(143,123,255,.08)),rgba(7,13,44,.72);border:2px solid rgba(221,232,255,.4);box-sizing:border-box;position:absolute';
const ground = [
  ...stars.map((s) => `radial-gradient(circle ${s.r}px at ${s.x}px ${s.y}px,rgba(255,255,255,${s.alpha}) 60%,transparent)`),
  ...glows.map((g) => `radial-gradient(${g.a}px ${g.b}px at ${g.x}px ${g.y}px,rgba(${g.color},${g.strength}),transparent)`),
  `linear-gradient(${sky.map(([at, color]) => `${color} ${at * 100}%`).join(',')})`,
].join(',');
const head = `<!doctype html><meta charset="utf-8"><style>
@font-face{font-family:Inter;src:url(data:font/ttf;base64,${font('Inter.ttf')});font-weight:100 900}
@font-face{font-family:Emoji;src:url(data:font/ttf;base64,${font('Emoji.ttf')})}
*{margin:0}body{width:${W}px;height:${H}px;overflow:hidden;position:relative;font-family:Inter,Emoji;color:#F7F9FF}
#ground{position:absolute;inset:0;background:${ground};will-change:transform}
#card{${glass};left:${card.x}px;top:${card.y}px;width:${card.w}px;height:${card.h}px;border-radius:${card.r}px;box-shadow:0 26px 72px rgba(2,4,15,.55)}
#tile{${glass};left:${tile.x}px;top:${tile.y}px;width:${tile.w}px;height:${tile.w}px;border-radius:${tile.r}px;box-shadow:0 14px 40px rgba(2,4,15,.45);display:grid;place-items:center;font-size:92px}
#kicker{${glass};left:84px;top:76px;height:60px;padding:0 26px;border-radius:30px;font:650 30px/56px Inter;color:#DCE3F7}
#dots{position:absolute;right:84px;top:100px;display:flex;gap:12px}#dots i{width:12px;height:12px;border-radius:6px;background:rgba(247,249,255,.34)}#dots .on{width:44px;background:#6FD8FF}
#words{position:absolute;left:148px;top:500px;width:784px}
h1{font:760 84px/92px Inter,Emoji;letter-spacing:-.024em;text-wrap:balance}
hr{width:112px;height:10px;border:0;border-radius:5px;margin:48px 0;background:linear-gradient(90deg,#6BF5CD,#6FD8FF,#CDBFFF)}
p{font:450 46px/64px Inter,Emoji;color:#DCE3F7}
#handle{position:absolute;left:84px;top:1216px;font:650 30px/36px Inter;color:#BCC6E4}
svg{position:absolute;left:948px;top:1214px}
</style>`;
const body = `<div id="ground"></div><div id="kicker">Принцип</div><div id="dots">${dots}</div><div id="card"></div><div id="tile"></div>
<div id="words"><h1></h1><hr><p></p></div><div id="handle">@name</div>
<svg width="50" height="44" fill="none" stroke="#CDBFFF" stroke-width="5"><path d="M2 22H48M29 3L48 22L29 41"/></svg>`;

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--disable-background-networking', '--disable-sync'],
});
const page = await browser.newPage();
await page.setViewport({ width: W, height: H });

// Fonts are loaded once and stay loaded.
await page.setContent(head + body);
await page.evaluate(() => document.fonts.ready);

let turn = 0;
async function one(name) {
  const [what, layer] = name.split('-');
  // The static layer of a page is its elements: `fresh` creates them again.
  if (layer === 'fresh') await page.evaluate((body) => { document.body.innerHTML = body; }, body);
  const at = turn++ % slides.length;
  await page.evaluate(({ emoji, title, body }, at) => {
    document.querySelector('h1').textContent = title;
    document.querySelector('p').textContent = body;
    document.querySelector('#tile').textContent = emoji;
    document.querySelectorAll('#dots i').forEach((dot, i) => { dot.className = i === at ? 'on' : ''; });
  }, slides[at], at);
  const clip = { x: 0, y: 0, width: W, height: H };
  if (what === 'jpeg') return page.screenshot({ type: 'jpeg', quality: 90, clip });
  if (what === 'png') return page.screenshot({ type: 'png', clip });
  // Draws the whole page and encodes one pixel.
  return page.screenshot({ type: 'jpeg', clip: { x: 0, y: 0, width: 1, height: 1 }, captureBeyondViewport: false });
}

if (process.argv[2] === '--show') {
  writeFileSync(process.argv[3], await one('png-cached'));
} else {
  await serve(async (name, count) => { for (let i = 0; i < count; i++) await one(name); });
}
await browser.close();
