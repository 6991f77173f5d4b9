// What every stack speaks: a line `CASE COUNT` comes in, and `ok` goes out when it is done.
import { createInterface } from 'node:readline';

export async function serve(run) {
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const [name, count] = line.split(' ');
    await run(name, Number(count));
    console.log('ok');
  }
}
