// What somebody should look at, by the numbers of the overview.
import {counted, span} from "../format";
import type {Overview} from "./overview_data";

export interface Alarm {
  datasource: string;
  text: string;
  isBad: boolean;
  tab: string;
  query: string;
}

const WAITS_LONG = 10 * 60000;
const LATELY = 15 * 60000;
const FAILURES_MIN = 5;

export function alarmsOf(all: Overview, now = Date.now()): Alarm[] {
  const alarms: Alarm[] = [];
  const add = (datasource: string, isBad: boolean, text: string, tab = "", query = ""): void => {
    alarms.push({datasource, isBad, text, tab, query});
  };
  if (all.isPaused) add("", true, "The store is paused: no job is handed out.");
  for (const one of all.datasources) {
    const name = one.datasource;
    const workers = all.workers.get(name);
    const near = workers?.filter((worker) => worker.state !== "lost") ?? [];
    if (one.mode.startsWith("paused")) add(name, false, "is paused: no job is handed out");
    if (/draining/i.test(one.mode)) add(name, false, "drains: no job is taken in");
    if (workers !== undefined && near.length === 0 && one.ready > 0) {
      add(name, true, `${counted(one.ready, "job")} may run, and there is no worker`, "workers");
    }
    const waits = one.oldestReadyAt ? now - Date.parse(one.oldestReadyAt) : 0;
    if (waits > WAITS_LONG && near.length > 0) {
      add(name, false, `the oldest job waits for ${span(waits)}`, "", "order=service");
    }
    const lost = workers?.filter((worker) => worker.state === "lost" && worker.running > 0) ?? [];
    if (lost.length > 0) {
      add(name, true, `${counted(lost.length, "worker")} lost with jobs`, "workers");
    }
    const lately = (all.histories.get(name) ?? [])
      .filter((row) => now - Date.parse(row.at) < LATELY);
    const failed = lately.reduce((sum, row) => sum + (row.failed ?? 0), 0);
    const ended = lately.reduce((sum, row) => sum + (row.complete ?? 0), failed);
    if (failed >= FAILURES_MIN && failed * 5 > ended) {
      add(name, true, `${failed} of ${counted(ended, "job")} failed in the last quarter of an hour`,
        "", "statuses=failed&order=ended-down");
    }
  }
  return alarms;
}
