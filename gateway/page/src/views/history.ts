// The numbers of the last hour, a minute each, of one datasource or several.
import type {HistoryRow} from "../types";

export interface Hour {
  times: number[]; // seconds since 1970
  waiting: number[];
  running: number[];
  complete: number[];
  failed: number[];
  cancelled: number[];
}

const MINUTES = 60;
const MINUTE = 60000;

// A minute in which nothing was counted has no row: what waited and ran is as it was before.
export function sumOf(histories: HistoryRow[][], now = Date.now()): Hour {
  const begin = Math.floor(now / MINUTE) * MINUTE - (MINUTES - 1) * MINUTE;
  const zeros = (): number[] => Array<number>(MINUTES).fill(0);
  const hour: Hour = {times: zeros().map((_, i) => (begin + i * MINUTE) / 1000), waiting: zeros(),
    running: zeros(), complete: zeros(), failed: zeros(), cancelled: zeros()};
  const add = (list: number[], at: number, value: number | undefined): void => {
    list[at] = (list[at] ?? 0) + (value ?? 0);
  };
  for (const rows of histories) {
    let next = 0;
    let last: HistoryRow | undefined;
    for (let i = 0; i < MINUTES; i += 1) {
      const at = begin + i * MINUTE;
      for (; next < rows.length && Date.parse(rows[next]!.at) <= at; next += 1) last = rows[next];
      add(hour.waiting, i, last?.waiting);
      add(hour.running, i, last?.running);
      if (last === undefined || Date.parse(last.at) !== at) continue;
      add(hour.complete, i, last.complete);
      add(hour.failed, i, (last.failed ?? 0) + (last.forbidden ?? 0));
      add(hour.cancelled, i, last.cancelled);
    }
  }
  return hour;
}
