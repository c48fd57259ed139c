// BullMQ: Queue.add and addBulk, a Worker with concurrency, the end of a job by QueueEvents.
import { setTimeout as sleep } from "node:timers/promises";
import { Queue, QueueEvents, Worker } from "bullmq";
import { Redis } from "ioredis";

const CONCURRENCY = 100;

async function waitForServer(port) {
  for (;;) {
    const redis = new Redis({ port, lazyConnect: true, enableReadyCheck: false, retryStrategy: null });
    redis.on("error", () => {});
    try {
      await redis.connect();
      await redis.ping(); // fails while data is loaded
      return;
    } catch {
      await sleep(10);
    } finally {
      redis.disconnect();
    }
  }
}

export async function connect(port, data, onFinished) {
  await waitForServer(port);
  const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
  // Some are kept: whoever waits for a job may look at it after its end.
  const defaultJobOptions = { removeOnComplete: { count: 1000 } };
  const queue = new Queue("jobs", { connection, defaultJobOptions });
  let events;
  let worker;
  return {
    async submit(batch) {
      await (batch === 1
        ? queue.add("job", data)
        : queue.addBulk(Array(batch).fill({ name: "job", data })));
    },
    async submitAndWait() {
      events ??= new QueueEvents("jobs", { connection });
      await events.waitUntilReady();
      const job = await queue.add("job", data);
      await job.waitUntilFinished(events);
    },
    async listen() {
      if (!worker) {
        worker = new Worker("jobs", async () => ({ ok: true }), {
          connection,
          concurrency: CONCURRENCY,
        });
        worker.on("completed", () => onFinished(1));
        worker.on("error", (error) => console.error(error.message));
        await worker.waitUntilReady();
      }
    },
  };
}
