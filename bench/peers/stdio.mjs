// The protocol of every stack: it reads a line `CASE COUNT`, and writes `ok` when the case is done.
import { createInterface } from 'node:readline';

export async function serve(run) {
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, count] = line.split(' ');
    await run(name, Number(count));
    console.log('ok');
  }
}
