// graphile-worker: addJob and addJobs, a runner with concurrency, with batches also a local queue and
// ends in batches. It has no call that waits for the end of a job: its worker notifies.
import { setTimeout as sleep } from "node:timers/promises";
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

const CONCURRENCY = 24;
const LOCAL_QUEUE = 256;

async function waitForServer(options) {
  for (;;) {
    const client = new pg.Client(options);
    client.on("error", () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await sleep(10);
    }
  }
}

export async function connect(port, payload, onFinished) {
  const options = { host: "127.0.0.1", port, user: "postgres", database: "postgres" };
  await waitForServer(options);
  let tells = false;
  // A job has ended when its deletion is committed; the worker's events come before.
  class Client extends pg.Client {
    async query(...args) {
      const result = await super.query(...args);
      if (result?.command === "DELETE") {
        onFinished(result.rowCount);
        if (tells) {
          await super.query("NOTIFY ended");
        }
      }
      return result;
    }
  }
  const pgPool = new pg.Pool({ ...options, max: CONCURRENCY + 2, Client });
  const onError = (error) => console.error(error.message);
  pgPool.on("error", onError);
  pgPool.on("connect", (client) => client.on("error", onError));
  const logger = new Logger(() => (level, message) => level === "error" && console.error(message));
  const utils = await makeWorkerUtils({ pgPool, logger });
  await utils.migrate();
  let notices;
  let runner;
  return {
    async submit(batch) {
      await (batch === 1
        ? utils.addJob("job", payload)
        : utils.addJobs(Array(batch).fill({ identifier: "job", payload })));
    },
    async submitAndWait() {
      if (!notices) {
        notices = new pg.Client(options);
        await notices.connect();
        await notices.query("LISTEN ended");
      }
      const ended = new Promise((resolve) => notices.once("notification", resolve));
      await utils.addJob("job", payload);
      await ended;
    },
    async listen(batch, isTelling) {
      tells = isTelling;
      const batches = { localQueue: { size: LOCAL_QUEUE }, completeJobBatchDelay: 0 };
      runner ??= await run({
        pgPool,
        logger,
        noHandleSignals: true,
        concurrency: CONCURRENCY,
        taskList: { job: async () => {} },
        preset: { worker: batch === 1 ? {} : batches },
      });
    },
  };
}
