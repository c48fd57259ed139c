// One datasource: its jobs, functions, schedules and workers, as far as the token shows them.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import {post, type Problem} from "../api";
import {useLoad} from "../load";
import {get} from "../api";
import {Action, ProblemNotice} from "../parts/ui";
import type {Places} from "../places";
import {linkTo, type Route} from "../route";
import type {Datasource} from "../types";
import {FunctionsView} from "./functions";
import {JobsView} from "./jobs";
import {SchedulesView} from "./schedules";
import {SubmitView} from "./submit";
import {WorkersView} from "./workers";

const MODES: [string, string, (mode: string) => boolean][] = [
  ["pause", "Pause", (mode) => !mode.startsWith("paused")],
  ["drain", "Drain", (mode) => !/draining/i.test(mode)],
  ["resume", "Resume", (mode) => mode !== "running"]];

function Mode({places}: {places: Places}): JSX.Element | null {
  const path = places.about("stats");
  const {value, reload} = useLoad(
    async (signal) => (path === undefined ? undefined : get<Datasource>(path, {}, signal)),
    path ?? "");
  const [problem, setProblem] = useState<Problem | undefined>();
  if (value === undefined) return null;
  return (
    <>
      <span class={`badge mode-${value.mode}`}>{value.mode}</span>
      {MODES.map(([part, word, isOffered]) => {
        const to = places.admin(part);
        return to !== undefined && isOffered(value.mode) && (
          <Action key={part} onProblem={setProblem} run={async () => {
            await post(to);
            reload();
          }}>{word}</Action>
        );
      })}
      <ProblemNotice problem={problem} />
    </>
  );
}

export function DatasourceView({places, route}: {places: Places; route: Route}): JSX.Element {
  const tabs: [string, string, boolean][] = [
    ["jobs", "Jobs", places.list() !== undefined],
    ["functions", "Functions", places.functions() !== undefined],
    ["schedules", "Schedules", places.schedules() !== undefined],
    ["workers", "Workers", places.about("workers") !== undefined],
    ["submit", "Submit", places.submit() !== undefined]];
  const offered = tabs.filter(([, , is]) => is);
  const tab = offered.find(([name]) => name === route.tab)?.[0] ?? offered[0]?.[0];
  return (
    <>
      <div class="view-head"><h1>{places.datasource}</h1><Mode places={places} /></div>
      <nav class="tabs" aria-label={`Of ${places.datasource}`}>
        {offered.map(([name, word]) => (
          <a key={name} href={linkTo(places.datasource, name === "jobs" ? "" : name)}
            aria-current={tab === name ? "page" : undefined}>{word}</a>
        ))}
      </nav>
      {tab === undefined && <p class="notice">The token does not open this datasource.</p>}
      {tab === "jobs" && <JobsView places={places} query={route.query} />}
      {tab === "functions" && <FunctionsView places={places} name={route.name} />}
      {tab === "schedules" && <SchedulesView places={places} />}
      {tab === "workers" && <WorkersView places={places} />}
      {tab === "submit" && <SubmitView key={route.name} places={places} name={route.name} />}
    </>
  );
}
