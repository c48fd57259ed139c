// The jobs of a datasource, as they are now: each event brings the page that is shown up to date.
import type {JSX} from "preact";
import {useEffect, useState} from "preact/hooks";
import {getPage} from "../api";
import {counted, number, since} from "../format";
import {useLoad} from "../load";
import {Empty, LiveMark, ProblemNotice, Progress, Section, StatusBadge, Time} from "../parts/ui";
import type {Places} from "../places";
import {go, linkTo} from "../route";
import type {Job, JobEvent, JobPage} from "../types";
import {useThrottled, useWatch} from "../watch";
import {Bulk} from "./bulk";
import {Filters, filtersOf, FIRST_ORDER, JobById} from "./filters";

const PAGE = 50;

function Row({places, job}: {places: Places; job: Job}): JSX.Element {
  const isRunning = job.status === "accepted";
  return (
    <tr>
      <th scope="row"><a href={linkTo(places.datasource, "job", job.job)}>{job.job}</a></th>
      <td>
        <StatusBadge status={job.status} />
        {job.isSlow && <span class="badge flag">slow</span>}
        {job.isStalled && <span class="badge flag">stalled</span>}
        {job.cancelRequestedAt && isRunning && <span class="badge flag">cancel requested</span>}
      </td>
      <td class="progress-cell">
        {isRunning && <Progress value={job.progress ?? 0} label={`Progress of ${job.job}`} />}
      </td>
      <td>{job.function}</td>
      <td class="wide-only">{job.client}</td>
      <td class="num wide-only">{job.priority}</td>
      <td class="num wide-only">{job.attempt > 0 ? job.attempt : ""}</td>
      <td><Time at={job.finishedAt ?? job.acceptedAt ?? job.submittedAt} /></td>
      <td class="wide-only tags">{(job.tags ?? []).map((tag) => <span key={tag}>{tag}</span>)}</td>
    </tr>
  );
}

function Table({places, jobs}: {places: Places; jobs: Job[]}): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Jobs, a table">
      <table class="jobs">
        <thead><tr>
          <th scope="col">Job</th><th scope="col">Status</th>
          <th scope="col" class="progress-cell">Progress</th>
          <th scope="col">Function</th><th scope="col" class="wide-only">Client</th>
          <th scope="col" class="num wide-only">Priority</th>
          <th scope="col" class="num wide-only">Attempt</th><th scope="col">Since</th>
          <th scope="col" class="wide-only">Tags</th>
        </tr></thead>
        <tbody>{jobs.map((job) => <Row key={job.job} places={places} job={job} />)}</tbody>
      </table>
    </div>
  );
}

// What an event says by itself; all else is read anew.
function withEvent(page: {body: JobPage; next: string}, event: JobEvent): typeof page {
  return {...page, body: {...page.body, jobs: page.body.jobs.map((job) => (
    job.job === event.job && job.attempt === event.attempt
      ? {...job, progress: event.progress ?? 0} : job))}};
}

export function JobsView(
  {places, query}: {places: Places; query: URLSearchParams}): JSX.Element {
  const path = places.list()!;
  const filters = filtersOf(query);
  const order = query.get("order") ?? FIRST_ORDER;
  const [before, setBefore] = useState<string[]>([]); // the pages before this one
  const [isBulk, setIsBulk] = useState(false);
  const here = before[before.length - 1];
  const {value: page, problem, reload, change} = useLoad(
    (signal) => getPage<JobPage>(path, here, {
      ...places.with(path), ...filters, order, limit: PAGE, total: before.length === 0}, signal),
    path, JSON.stringify([filters, order, here]));
  const filterKey = JSON.stringify([filters, order]);
  useEffect(() => setBefore([]), [filterKey]);

  const refresh = useThrottled(reload, 400);
  const events = places.events();
  const live = useWatch(events, {...places.with(events), noSnapshot: true}, (event) => {
    if (event.event === "progress") change((old) => withEvent(old, event));
    else if (event.event !== "log") refresh();
  }, refresh);

  const isOperator = ["cancel", "edit", "remove", "restart"]
    .some((part) => places.admin(part) !== undefined);
  const oldest = page?.body.jobs.find((job) => job.status === "submitted");
  return (
    <>
      <Filters query={query} isOfClient={places.rights.client !== ""}
        change={(next) => go(linkTo(places.datasource, "jobs", "", next))} />
      <Section title="Jobs" aside={
        <span class="aside">
          {page?.body.total !== undefined && <span>{counted(page.body.total, "job")}</span>}
          <LiveMark live={live} />
          <JobById open={(job) => go(linkTo(places.datasource, "job", job))} />
          {live === "off" && <button type="button" onClick={reload}>Reload</button>}
          {isOperator && (
            <button type="button" disabled={filters.text !== undefined}
              title={filters.text === undefined ? "" : "Not with text in the request"}
              onClick={() => setIsBulk(true)}>Change all of these…</button>
          )}
        </span>}>
        <ProblemNotice problem={problem} />
        {page && (page.body.jobs.length === 0
          ? <Empty>No job fits.</Empty> : <Table places={places} jobs={page.body.jobs} />)}
        {(before.length > 0 || page?.next) && (
          <nav class="pages" aria-label="Pages">
            <button type="button" disabled={before.length === 0}
              onClick={() => setBefore(before.slice(0, -1))}>Back</button>
            <span>Page {number(before.length + 1)}</span>
            <button type="button" disabled={!page?.next}
              onClick={() => setBefore([...before, page!.next])}>Next</button>
          </nav>
        )}
        {oldest && order === "service" && (
          <p class="hint">The first of them waits since {since(oldest.submittedAt)}.</p>
        )}
      </Section>
      {isBulk && <Bulk places={places} filters={filters} close={() => {
        setIsBulk(false);
        reload();
      }} />}
    </>
  );
}
