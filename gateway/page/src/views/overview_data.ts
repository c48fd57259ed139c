// What the overview reads, by what the token covers.
import {get, Problem} from "../api";
import {Places} from "../places";
import type {Rights} from "../rights";
import type {Datasource, HistoryRow, Worker} from "../types";

export interface Overview {
  datasources: Datasource[];
  workers: Map<string, Worker[]>;
  histories: Map<string, HistoryRow[]>;
  isPaused: boolean;
}

// So many datasources are looked at closely: those with the most to do.
const CLOSELY = 12;

async function orNone<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof Problem && [403, 404].includes(error.code)) return undefined;
    throw error;
  }
}

async function count(path: string, statuses: string, signal: AbortSignal): Promise<number> {
  return (await get<{count: number}>(path, {statuses}, signal)).count;
}

// What a client can know: how many jobs of its own there are.
async function ownCounts(
  rights: Rights, name: string, signal: AbortSignal): Promise<Datasource | undefined> {
  const path = `/${name}/job/count`;
  if (!rights.allows("GET", path) || rights.client === "") return undefined;
  const [waiting, running, finished] = await Promise.all([
    count(path, "submitted,retrying", signal), count(path, "accepted", signal),
    count(path, "complete,failed,cancelled,forbidden", signal)]);
  return {
    datasource: name, mode: "your jobs", ready: waiting!, delayed: 0, running: running!,
    finished: finished!, clients: 1, workersWaiting: 0,
    total: {submitted: 0, complete: 0, failed: 0, cancelled: 0, forbidden: 0, slow: 0, stalled: 0},
  };
}

async function statsOf(
  rights: Rights, name: string, signal: AbortSignal): Promise<Datasource | undefined> {
  const path = new Places(rights, name, "").about("stats");
  if (path === undefined) return ownCounts(rights, name, signal);
  return (await orNone(get<Datasource>(path, {}, signal)));
}

async function datasourcesOf(rights: Rights, signal: AbortSignal): Promise<Datasource[]> {
  if (rights.allows("GET", "/admin/datasources")) {
    const told = await orNone(get<{datasources: Datasource[]}>("/admin/datasources", {}, signal));
    if (told) return told.datasources;
  }
  let names = rights.datasources();
  if (rights.allows("GET", "/cat")) {
    const told = await orNone(get<{configs: {datasource: string}[]}>("/cat", {}, signal));
    names = told?.configs.map((one) => one.datasource) ?? names;
  }
  const all = await Promise.all(names.map((name) => statsOf(rights, name, signal)));
  return all.filter((one) => one !== undefined);
}

export async function readOverview(rights: Rights, signal: AbortSignal): Promise<Overview> {
  const datasources = await datasourcesOf(rights, signal);
  const closely = [...datasources]
    .sort((a, b) => b.ready + b.running - a.ready - a.running).slice(0, CLOSELY);
  const workers = new Map<string, Worker[]>();
  const histories = new Map<string, HistoryRow[]>();
  const read = closely.flatMap(({datasource}) => {
    const places = new Places(rights, datasource, "");
    const [ofWorkers, ofHistory] = [places.about("workers"), places.about("history")];
    return [
      ofWorkers && orNone(get<{workers: Worker[]}>(ofWorkers, {}, signal)).then((told) => (
        told && workers.set(datasource, told.workers))),
      ofHistory && orNone(get<{rows: HistoryRow[]}>(ofHistory, {}, signal)).then((told) => (
        told && histories.set(datasource, told.rows)))];
  });
  const stats = rights.allows("GET", "/admin/stats")
    ? orNone(get<{isPaused: boolean}>("/admin/stats", {}, signal)) : Promise.resolve(undefined);
  const [told] = await Promise.all([stats, ...read]);
  datasources.sort((a, b) => a.datasource.localeCompare(b.datasource));
  return {datasources, workers, histories, isPaused: told?.isPaused ?? false};
}
