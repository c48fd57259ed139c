// A connection of jobq-peers to BullMQ or graphile-worker: is told on standard input what to do, as
// "submit JOBS BATCH", and answers there with a number when it is done.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";

const ANSWERS = 0; // the same socket: libraries may print
const WAIT_MS = 100;

const [peer, port, request] = process.argv.slice(2);
const { connect } = await import(`./${peer}.mjs`);

let finished = 0; // and not told yet
let wanted = Infinity;
let tell = () => {};

function onFinished(jobs) {
  finished += jobs;
  if (finished >= wanted) {
    tell();
  }
}

// How many have finished: `jobs` of them, or what there is after a while.
function work(jobs) {
  return new Promise((resolve) => {
    const timer = setTimeout(() => tell(), WAIT_MS);
    wanted = jobs;
    tell = () => {
      clearTimeout(timer);
      wanted = Infinity;
      resolve(finished);
      finished = 0;
    };
    onFinished(0);
  });
}

async function answer(queue, what, jobs, batch) {
  if (what === "submit") {
    const messages = Array.from({ length: Math.ceil(jobs / batch) }, () => queue.submit(batch));
    await Promise.all(messages);
    return jobs;
  }
  if (what === "wait") {
    const start = performance.now();
    await queue.submitAndWait();
    return performance.now() - start;
  }
  await queue.listen(batch, what === "tell");
  return work(jobs);
}

writeSync(ANSWERS, "0\n"); // loaded
let queue;
for await (const line of createInterface({ input: process.stdin })) {
  const [what, jobs, batch] = line.split(" ");
  queue ??= await connect(Number(port), { request: JSON.parse(request) }, onFinished);
  writeSync(ANSWERS, `${await answer(queue, what, Number(jobs), Number(batch))}\n`);
}
process.exit(0);
