// Runs every stack in turn for several rounds, and writes the results into docs/benchmarks.md.
//
// Processor time is read from /proc for a stack's whole process tree, before and after a batch; no stack
// measures itself. The results are medians over the rounds.
import { spawn, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync, readdirSync, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { cpus, loadavg } from 'node:os';

const ROUNDS = Number(process.env.ROUNDS ?? 7);
const OURS = process.env.OURS;
const FILE = new URL('../../docs/benchmarks.md', import.meta.url);
const TICKS = Number(execFileSync('getconf', ['CLK_TCK']));

// The number of slides per batch: enough for some tenths of a second, because Linux counts in ticks of 10 ms.
const STACKS = [
  { name: 'ours', command: [OURS], batch: { draw: 60, jpeg: 50, png: 50 } },
  { name: '@napi-rs/canvas', command: ['node', 'napi.mjs'], batch: { draw: 16, jpeg: 16, png: 3 } },
  { name: 'Chromium', command: ['node', 'chromium.mjs'], batch: { draw: 3, jpeg: 3, png: 3 } },
];
const WHATS = ['draw', 'jpeg', 'png'];
const LAYERS = ['cached', 'fresh'];

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

// `root` and its descendants, with their processor time in ms.
function tree(root) {
  const all = new Map();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      all.set(Number(entry), { parent: Number(fields[1]), cpu: (ticks * 1000) / TICKS });
    } catch { /* the process has ended */ }
  }
  const within = (pid) => pid === root || (all.has(pid) && within(all.get(pid).parent));
  return [...all].filter(([pid]) => within(pid));
}

const busy = (root) => tree(root).reduce((sum, [, { cpu }]) => sum + cpu, 0);

function memory(root) {
  return tree(root).reduce((sum, [pid]) => {
    const status = existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '';
    return sum + Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  }, 0);
}

class Stack {
  constructor({ name, command: [program, ...rest], batch }) {
    Object.assign(this, { name, batch });
    this.child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'inherit'], cwd: new URL('.', import.meta.url) });
    this.lines = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }
  async read() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`${this.name} ended`);
    return value;
  }
  async ask(line) {
    this.child.stdin.write(`${line}\n`);
    return this.read();
  }
  async time(what, count) {
    const before = busy(this.child.pid), start = process.hrtime.bigint();
    await this.ask(`${what} ${count}`);
    const wall = Number(process.hrtime.bigint() - start) / 1e6;
    return { cpu: (busy(this.child.pid) - before) / count, wall: wall / count };
  }
  close() { this.child.stdin.end(); }
}

const stacks = STACKS.map((stack) => new Stack(stack));
for (const stack of stacks.slice(1)) await stack.read();
const found = new Map();
const keep = (key, value) => found.set(key, [...(found.get(key) ?? []), value]);
for (let round = -1; round < ROUNDS; round++) {
  for (const what of WHATS) for (const layer of LAYERS) for (const stack of stacks) {
    const name = `${what}-${layer}`;
    // The first round is a warm-up.
    const timed = await stack.time(name, round < 0 ? 2 : stack.batch[what]);
    if (round >= 0) keep(`${stack.name} ${name}`, timed);
  }
  if (round >= 0) {
    keep('ours carousel', await stacks[0].time('carousel', 4));
    keep('ours floor', await stacks[0].time('floor', 400));
  }
  process.stderr.write(round < 0 ? 'warm\n' : `round ${round + 1} of ${ROUNDS}\n`);
}
const held = Object.fromEntries(stacks.map((stack) => [stack.name, memory(stack.child.pid)]));
stacks.forEach((stack) => stack.close());

// A new process that draws only one carousel, for its peak memory.
const once = new Stack({ name: 'once', command: [OURS], batch: {} });
await once.ask('carousel 1');
const peak = Number(await once.ask('memory')) / 1024;
once.close();

const cpu = (key) => median(found.get(key).map((timed) => timed.cpu));
const wall = (key) => median(found.get(key).map((timed) => timed.wall));
const ms = (value) => (value < 10 ? value.toFixed(1) : Math.round(value).toString());
const times = (value) => `${value < 10 ? value.toFixed(1) : Math.round(value)}×`;

const rows = WHATS.flatMap((what) => LAYERS.map((layer) => {
  const key = (name) => `${name} ${what}-${layer}`;
  const ours = cpu(key('ours'));
  const cells = STACKS.map(({ name }) => `${ms(cpu(key(name)))} / ${ms(wall(key(name)))}`);
  const ratios = STACKS.slice(1).map(({ name }) => times(cpu(key(name)) / ours));
  const whats = { draw: 'draw', jpeg: 'draw + JPEG q90', png: 'draw + PNG' };
  return `| ${whats[what]} | ${layer === 'cached' ? 'cached' : 'repainted'} | ${[...cells, ...ratios].join(' | ')} |`;
}));

const ratio = (name, what, layer) => cpu(`${name} ${what}-${layer}`) / cpu(`ours ${what}-${layer}`);
const both = (name, what) => [ratio(name, what, 'cached'), ratio(name, what, 'fresh')];
const draw = cpu('ours draw-cached');
const carousel = wall('ours carousel');
const targets = [
  ['draw + JPEG against Chromium', '≥ 30×', both('Chromium', 'jpeg'), 30],
  ['draw + JPEG against @napi-rs/canvas', '≥ 2×', both('@napi-rs/canvas', 'jpeg'), 2],
  ['draw + PNG against @napi-rs/canvas', '≥ 20×', both('@napi-rs/canvas', 'png'), 20],
].map(([name, wanted, [cached, repainted], least]) => {
  const met = [cached, repainted].map((value) => (value >= least ? 'met' : '**missed**'));
  return `| ${name} | ${wanted} | ${times(cached)} cached: ${met[0]}; ${times(repainted)} repainted: ${met[1]} |`;
});
const met = (good) => (good ? 'met' : '**missed**');
targets.push(
  `| drawing alone, against 1 to 1.5 ms for the pixel work | ≤ 8× | ${ms(draw)} ms: ${met(draw <= 8)} of 1 ms, ${met(draw <= 12)} of 1.5 ms |`,
  `| ten slides and their backgrounds on two idle cores | < 120 ms | ${ms(carousel)} ms of wall time, ${ms(cpu('ours carousel'))} ms of CPU time: ${met(carousel < 120)} |`,
  `| peak memory of drawing ten slides | ≤ 80 MB | ${ms(peak)} MB: ${met(peak <= 80)} |`,
);

const chromium = execFileSync(process.env.CHROMIUM ?? 'chromium', ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
const { version } = JSON.parse(readFileSync(new URL('node_modules/@napi-rs/canvas/package.json', import.meta.url)));
const section = `## Slides

Results of \`bench/peers/run.sh\`, ${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0].model.trim()}, Linux.

| | |
|---|---|
| slide | 1080 × 1350: background with glows and stars, frosted glass with shadow, title, text, emoji; ten in turn |
| figures | ms of CPU time of the whole process tree / ms of wall time, per slide |
| method | medians of ${ROUNDS} rounds; the stacks take turns within a round |
| load at the end | ${loadavg()[0].toFixed(1)}; above ${cpus().length}, other programs ran and wall times mean nothing |
| Chromium | ${chromium}, one reused page |
| @napi-rs/canvas | ${version} on Node ${process.versions.node} |

| | static layer | ours | @napi-rs/canvas | Chromium | CPU: @napi-rs/canvas ÷ ours | CPU: Chromium ÷ ours |
|---|---|---|---|---|---|---|
${rows.join('\n')}

| measure | target | result |
|---|---|---|
${targets.join('\n')}

| | |
|---|---|
| peak memory over the whole run, ours / @napi-rs/canvas with Node / Chromium with Node | ${ms(held.ours)} / ${ms(held['@napi-rs/canvas'])} / ${ms(held.Chromium)} MB |
| pixel work: one background copied and one layer over two thirds of it, in plain Rust | ${ms(cpu('ours floor'))} ms |
`;

const [open, close] = ['<!-- slides: bench/peers/run.sh writes this -->', '<!-- /slides -->'];
const empty = `# Benchmarks\n\n${open}\n${close}\n`;
const page = existsSync(FILE) ? readFileSync(FILE, 'utf8') : empty;
const whole = page.includes(open) ? page : `${page.trimEnd()}\n\n${open}\n${close}\n`;
const [before, after] = [whole.slice(0, whole.indexOf(open)), whole.slice(whole.indexOf(close))];
writeFileSync(FILE, `${before}${open}\n${section}${after}`);
console.log(section);
