// All datasources that the token shows: what waits and runs, how it went lately, what is wrong.
import type {ComponentChildren, JSX} from "preact";
import {useEffect, useRef} from "preact/hooks";
import {number, time} from "../format";
import {useLoad} from "../load";
import {Chart} from "../parts/chart";
import {Empty, Lasting, LiveMark, ProblemNotice, Section, Since} from "../parts/ui";
import {linkTo} from "../route";
import {useSession} from "../session";
import {useThrottled} from "../watch";
import {alarmsOf} from "./alarms";
import {readOverview, type Overview as All} from "./overview_data";
import {sumOf} from "./history";
import {useBells} from "./bells";

function Tile(
  {name, value, detail}: {name: string; value: ComponentChildren; detail?: string}): JSX.Element {
  return (
    <div class="tile">
      <span class="tile-name">{name}</span>
      <span class="tile-value">{value}</span>
      <span class="tile-detail">{detail ?? "\u00a0"}</span>
    </div>
  );
}

function Alarms({all}: {all: All}): JSX.Element {
  const alarms = alarmsOf(all);
  return (
    <Section title="Alarms">
      {alarms.length === 0 ? <p class="good">Nothing is wrong.</p> : (
        <ul class="alarms">
          {alarms.map((alarm) => (
            <li key={alarm.datasource + alarm.text} class={alarm.isBad ? "bad" : "warn"}>
              <span aria-hidden="true" class="sign">{alarm.isBad ? "●" : "▲"}</span>
              {alarm.datasource !== "" && (
                <a href={linkTo(alarm.datasource, alarm.tab, "", alarm.query)}>
                  {alarm.datasource}</a>
              )}
              <span>{alarm.text}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Charts({all}: {all: All}): JSX.Element | null {
  const sum = sumOf([...all.histories.values()]);
  if (all.histories.size === 0) return null;
  return (
    <Section title="The last hour"
      aside={<span class="hint">{all.histories.size < all.datasources.length
        ? `of ${all.histories.size} datasources` : "of all datasources"}</span>}>
      <div class="charts">
        <Chart title="Waiting" times={sum.times}
          lines={[{label: "waiting", colour: "--amber", values: sum.waiting}]} />
        <Chart title="Running" times={sum.times}
          lines={[{label: "running", colour: "--blue", values: sum.running}]} />
        <Chart title="Ended a minute" times={sum.times} lines={[
          {label: "complete", colour: "--green", values: sum.complete, isBar: true},
          {label: "cancelled", colour: "--grey", values: sum.cancelled, isBar: true},
          {label: "failed", colour: "--red", values: sum.failed, isBar: true}]} />
      </div>
    </Section>
  );
}

function Table({all}: {all: All}): JSX.Element {
  return (
    <Section title="Datasources">
      {all.datasources.length === 0 ? <Empty>There are none yet.</Empty> : (
        <div class="scroll" tabIndex={0} role="region" aria-label="Datasources, a table">
          <table>
            <thead><tr>
              <th scope="col">Datasource</th><th scope="col" class="num">Ready</th>
              <th scope="col" class="num">Later</th><th scope="col" class="num">Running</th>
              <th scope="col" class="num">Finished</th><th scope="col" class="num">Workers</th>
              <th scope="col">Oldest</th><th scope="col">Mode</th>
            </tr></thead>
            <tbody>
              {all.datasources.map((one) => (
                <tr key={one.datasource}>
                  <th scope="row"><a href={linkTo(one.datasource)}>{one.datasource}</a></th>
                  <td class="num">{number(one.ready)}</td>
                  <td class="num">{number(one.delayed)}</td>
                  <td class="num">{number(one.running)}</td>
                  <td class="num">{number(one.finished)}</td>
                  <td class="num">{all.workers.has(one.datasource)
                    ? number(all.workers.get(one.datasource)!
                      .filter((worker) => worker.state !== "lost").length) : ""}</td>
                  <td><Since at={one.oldestReadyAt} /></td>
                  <td><span class={`badge mode-${one.mode}`}>{one.mode}</span></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}

function Tiles({all}: {all: All}): JSX.Element {
  const total = (of: (one: All["datasources"][number]) => number): number => (
    all.datasources.reduce((sum, one) => sum + of(one), 0));
  const workers = [...all.workers.values()].flat();
  const oldest = all.datasources.map((one) => one.oldestReadyAt).filter(Boolean).sort()[0];
  return (
    <div class="tiles">
      <Tile name="Waiting" value={number(total((one) => one.ready + one.delayed))}
        detail={`${number(total((one) => one.ready))} may run now`} />
      <Tile name="Running" value={number(total((one) => one.running))} />
      <Tile name="Finished" value={number(total((one) => one.finished))} detail="kept" />
      {all.workers.size > 0 && (
        <Tile name="Workers" value={number(workers.filter((one) => one.state !== "lost").length)}
          detail={`${number(workers.filter((one) => one.state === "busy").length)} busy`} />
      )}
      <Tile name="Oldest waiting" value={oldest ? <Lasting from={oldest} /> : "none"}
        {...(oldest ? {detail: `since ${time(oldest)}`} : {})} />
    </div>
  );
}

// What was counted is told within ten seconds.
const COUNTED_AFTER = 11000;

export function Overview(): JSX.Element {
  const {rights} = useSession();
  const {value: all, problem, reload} = useLoad((signal) => readOverview(rights, signal), "all");
  const refresh = useThrottled(reload, 1500);
  const later = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(later.current), []);
  const live = useBells(rights, all?.datasources.map((one) => one.datasource) ?? [], () => {
    refresh();
    clearTimeout(later.current);
    later.current = setTimeout(refresh, COUNTED_AFTER);
  });
  return (
    <>
      <div class="view-head"><h1>Overview</h1><LiveMark live={live} />
        <button type="button" class="end" onClick={reload}>Reload</button></div>
      <ProblemNotice problem={problem} />
      {all && (
        <>
          <Tiles all={all} />
          <Alarms all={all} />
          <Charts all={all} />
          <Table all={all} />
        </>
      )}
    </>
  );
}
