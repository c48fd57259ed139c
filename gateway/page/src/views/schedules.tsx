// Schedules of a datasource: when they make jobs, what came of it.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import {get, post, type Problem} from "../api";
import {number, since, span} from "../format";
import {useLoad} from "../load";
import {Tree} from "../parts/tree";
import {
  Action, Empty, Facts, LiveMark, ProblemNotice, Section, StatusBadge, Time} from "../parts/ui";
import type {Places} from "../places";
import {linkTo} from "../route";
import type {Schedule} from "../types";
import {useThrottled, useWatch} from "../watch";

const TIMES = 5;

function rhythm({schedule}: Schedule): string {
  if (schedule.everyMs) return `every ${span(schedule.everyMs)}`;
  return `${schedule.cron ?? ""} ${schedule.zone || "UTC"}`;
}

function Actions(
  {places, one, changed}: {places: Places; one: Schedule; changed: () => void}): JSX.Element {
  const [problem, setProblem] = useState<Problem | undefined>();
  const parts: [string, string, string][] = [
    ["run", "Run now", ""], one.isPaused ? ["resume", "Resume", ""] : ["pause", "Pause", ""],
    ["remove", "Remove", "danger"]];
  return (
    <div class="actions">
      {parts.map(([part, word, kind]) => {
        const path = places.schedule(one.name, part);
        return path !== undefined && (
          <Action key={part} kind={kind} onProblem={setProblem} run={async () => {
            const client = places.rights.client === "" ? one.schedule.job?.client : undefined;
            await post(path, {
              ...(client === undefined ? {} : {client}),
              ...(part === "run" ? {job: `${one.name}.${crypto.randomUUID()}`} : {})});
            changed();
          }}>{word}</Action>
        );
      })}
      <ProblemNotice problem={problem} />
    </div>
  );
}

function About(
  {places, one, changed}: {places: Places; one: Schedule; changed: () => void}): JSX.Element {
  const path = places.schedule(one.name, "");
  const {value, problem} = useLoad(
    async (signal) => (path === undefined ? undefined
      : get<Schedule>(path, {...places.with(path), times: TIMES}, signal)),
    path ?? "", `${one.nextAt}/${one.runs}`);
  const times = value?.times?.map((at) => (typeof at === "string" ? at : at.at)) ?? [];
  return (
    <Section title={one.name} aside={one.isPaused && <span class="badge flag">paused</span>}>
      <Facts rows={[
        ["When", <code>{rhythm(one)}</code>],
        ["Function", one.schedule.job?.function], ["Client", one.schedule.job?.client],
        ["Catches up", one.schedule.catchUp], ["While one runs", one.schedule.overlap],
        ["Jobs made", number(one.runs)],
        ["Last job", one.lastJob
          && <a href={linkTo(places.datasource, "job", one.lastJob)}>{one.lastJob}</a>],
        ["Ended", one.lastStatus && <StatusBadge status={one.lastStatus} />],
        ["Skipped", one.skippedAt && <><Time at={one.skippedAt} /> {one.skippedWhy}</>],
        ["Paused", one.pausedWhy]]} />
      <ProblemNotice problem={problem} />
      <h3>Next times</h3>
      {times.length === 0 ? <Empty>None.</Empty> : (
        <ol class="times">{times.map((at) => <li key={at}><Time at={at} />
          <span class="hint">{since(at)}</span></li>)}</ol>
      )}
      {value?.schedule.job?.request !== undefined && (
        <details><summary>Request</summary>
          <Tree name="request" value={value.schedule.job.request} /></details>
      )}
      <Actions places={places} one={one} changed={changed} />
    </Section>
  );
}

export function SchedulesView({places}: {places: Places}): JSX.Element {
  const path = places.schedules()!;
  const {value: all, problem, reload} = useLoad(
    async (signal) => (await get<{schedules: Schedule[]}>(
      path, {...places.with(path), limit: 1000}, signal)).schedules, path);
  // Each job that one makes is an event.
  const refresh = useThrottled(reload, 1000);
  const events = places.events();
  const live = useWatch(events, {...places.with(events), noSnapshot: true}, (event) => {
    if (event.event !== "progress" && event.event !== "log") refresh();
  }, refresh);
  return (
    <>
      <div class="view-aside"><LiveMark live={live} /></div>
      <ProblemNotice problem={problem} />
      {all?.length === 0 && <Empty>There is no schedule.</Empty>}
      <div class="cards">
        {all?.map((one) => <About key={one.name} places={places} one={one} changed={reload} />)}
      </div>
    </>
  );
}
