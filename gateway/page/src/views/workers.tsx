// The workers of a datasource: who they are, what they have, and what they are told.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import {get, post, type Problem} from "../api";
import {number} from "../format";
import {useLoad} from "../load";
import {
  Action, Empty, Facts, Lasting, LiveMark, ProblemNotice, Progress, Section, Since,
  Time} from "../parts/ui";
import type {Places} from "../places";
import {linkTo} from "../route";
import type {Worker} from "../types";
import {useThrottled, useWatch} from "../watch";

const ORDERS: [string, string][] = [["drain", "Drain"], ["halt", "Halt"], ["work", "Work"]];

function Orders(
  {places, worker, order, changed}: {places: Places; worker: string; order: string;
    changed: () => void}): JSX.Element | null {
  const path = places.admin("workers");
  const [problem, setProblem] = useState<Problem | undefined>();
  if (path === undefined) return null;
  return (
    <div class="actions">
      {ORDERS.filter(([word]) => word !== order).map(([word, name]) => (
        <Action key={word} onProblem={setProblem} run={async () => {
          await post(path, {worker, order: word});
          changed();
        }}>{worker === "" ? `${name} all` : name}</Action>
      ))}
      <ProblemNotice problem={problem} />
    </div>
  );
}

function About(
  {places, one, changed}: {places: Places; one: Worker; changed: () => void}): JSX.Element {
  return (
    <Section title={one.worker} aside={
      <span class={`badge worker-${one.state}`}>{one.state}</span>}>
      <Facts rows={[
        ["Heard", <Since at={one.heardAt} />], ["Host", one.about?.host],
        ["Process", one.about?.pid ? String(one.about.pid) : ""],
        ["Version", one.about?.version],
        ["Started", one.about?.startedAt && <Time at={one.about.startedAt} />],
        ["Jobs at a time", one.about?.threads ? number(one.about.threads) : ""],
        ["Functions", one.functions?.join(", ")], ["Labels", one.labels?.join(", ")],
        ["Told to", one.order === "work" ? "" : one.order]]} />
      {one.leases?.length > 0 && (
        <ul class="leases" aria-label={`Jobs of ${one.worker}`}>
          {one.leases.map((lease) => (
            <li key={lease.job}>
              <a href={linkTo(places.datasource, "job", lease.job)}>{lease.job}</a>
              <Progress value={lease.progress ?? 0} label={`Progress of ${lease.job}`} />
              <span class="hint">{lease.function} for <Lasting from={lease.acceptedAt} /></span>
            </li>
          ))}
        </ul>
      )}
      <Orders places={places} worker={one.worker} order={one.order} changed={changed} />
    </Section>
  );
}

export function WorkersView({places}: {places: Places}): JSX.Element {
  const path = places.about("workers")!;
  const {value: all, problem, reload} = useLoad(
    async (signal) => (await get<{workers: Worker[]}>(path, {}, signal)).workers, path);
  const refresh = useThrottled(reload, 1000);
  const events = places.events();
  const live = useWatch(events, {...places.with(events), noSnapshot: true}, (event) => {
    if (event.event !== "log") refresh();
  }, refresh);
  return (
    <>
      <div class="view-aside"><LiveMark live={live} />
        <button type="button" onClick={reload}>Reload</button>
        {all !== undefined && all.length > 1 && (
          <Orders places={places} worker="" order="" changed={reload} />
        )}
      </div>
      <ProblemNotice problem={problem} />
      {all?.length === 0 && <Empty>No worker was heard of within a day.</Empty>}
      <div class="cards">
        {all?.map((one) => <About key={one.worker} places={places} one={one} changed={reload} />)}
      </div>
    </>
  );
}
