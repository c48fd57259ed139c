// One job, as it goes: what it is, what became of it, and what may be done about it.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import {get, isAskable, UNASKABLE} from "../api";
import {between, bytes, counted, number, span} from "../format";
import {useLoad} from "../load";
import {Tree} from "../parts/tree";
import {
  Empty, Facts, LiveMark, ProblemNotice, Progress, Section, StatusBadge, Time} from "../parts/ui";
import type {Places} from "../places";
import {linkTo} from "../route";
import {type Explanation, FINAL, type Job, type JobEvent, type LogLine} from "../types";
import {useThrottled, useWatch} from "../watch";
import {Flow} from "./flow";
import {JobActions} from "./job_actions";
import {Log} from "./log";
import {Timeline} from "./timeline";

function Terms({job}: {job: Job}): JSX.Element {
  const terms = Object.entries(job.terms ?? {}).filter(([, value]) => typeof value !== "object");
  return (
    <details>
      <summary>Terms</summary>
      <Facts rows={terms.map(([name, value]) => [
        name.replace(/Ms$/, ""),
        name.endsWith("Ms") ? span(value as number) : String(value)])} />
    </details>
  );
}

function About({places, job}: {places: Places; job: Job}): JSX.Element {
  const link = (id: string | undefined): JSX.Element | undefined => (
    id ? <a href={linkTo(places.datasource, "job", id)}>{id}</a> : undefined);
  const list = (name: string, value: string | undefined): JSX.Element | string | undefined => {
    if (!value || places.list() === undefined) return value;
    const query = `${name}=${encodeURIComponent(value)}`;
    return <a href={linkTo(places.datasource, "jobs", "", query)}>{value}</a>;
  };
  const at = (time: string | undefined): JSX.Element | undefined => (
    time ? <Time at={time} /> : undefined);
  const some = (count: number | undefined): string => (count ? number(count) : "");
  return (
    <Section title="About">
      <Facts rows={[
        ["Function", list("function", job.function)], ["Client", job.client],
        ["Priority", number(job.priority)], ["Submitted", at(job.submittedAt)],
        ["Not before", at(job.notBefore)], ["Expires", at(job.expiresAt)],
        ["Worker", job.worker], ["Lease until", at(job.leaseUntil)],
        ["Cancel requested", at(job.cancelRequestedAt)], ["Finished", at(job.finishedAt)],
        ["Took", job.finishedAt ? between(job.submittedAt, job.finishedAt) : ""],
        ["Attempts", some(job.attempt)], ["Failures", some(job.failures)],
        ["Lost leases", some(job.lostLeases)], ["Handed back", some(job.releases)],
        ["Tags", job.tags?.join(", ")], ["Key", list("key", job.key)],
        ["Unique name", list("unique", job.unique)], ["Group", list("group", job.group)],
        ["Restart of", link(job.parent)], ["Restarted as", link(job.child)],
        ["Trace", job.trace]]} />
      <Terms job={job} />
    </Section>
  );
}

function Explain({places, job}: {places: Places; job: Job}): JSX.Element | null {
  const path = places.job(job.job, "explain");
  const {value} = useLoad(async (signal) => (path === undefined ? undefined
    : get<Explanation>(path, places.with(path), signal)), path ?? "",
  [job.status, job.attempt, job.notBefore, job.cancelRequestedAt, job.priority].join());
  if (value === undefined) return null;
  return (
    <Section title="Why it is where it is">
      <ul class="reasons">
        {value.reasons.map((reason) => (
          <li key={reason.kind + reason.text}>{reason.text}
            {reason.until && <> until <Time at={reason.until} /></>}</li>
        ))}
      </ul>
      {value.earliest && <p class="hint">Not before <Time at={value.earliest} />.</p>}
    </Section>
  );
}

function Outcome({job}: {job: Job}): JSX.Element | null {
  return (
    <>
      {job.error && (
        <Section title={job.status === "retrying" ? "Why the last attempt failed" : "Error"}>
          <p class="notice bad"><b>{job.error.code}</b> {job.error.message}</p>
          {job.error.detail && <pre tabIndex={0}>{job.error.detail}</pre>}
        </Section>
      )}
      {job.response !== undefined && (
        <Section title="Response"><Tree name="response" value={job.response} /></Section>
      )}
      {job.request !== undefined && (
        <Section title="Request" aside={<span class="hint">{bytes(job.requestBytes)}</span>}>
          <Tree name="request" value={job.request} /></Section>
      )}
    </>
  );
}

const LINES_KEPT = 1000;

// All that the log has, and what is said while it is read.
function withLines(old: LogLine[], more: LogLine[]): LogLine[] {
  const last = old[old.length - 1]?.number ?? 0;
  return [...old, ...more.filter((line) => line.number > last)].slice(-LINES_KEPT);
}

export function JobView({places, job: id}: {places: Places; job: string}): JSX.Element {
  const path = places.job(id);
  const logPath = places.job(id, "log");
  const {value: job, problem, reload, change} = useLoad(async (signal) => {
    if (!isAskable(`/${id}`)) throw new Error(UNASKABLE);
    if (path === undefined) throw new Error("The token does not open this job.");
    return get<Job>(
      path, {...places.with(path), withAttempts: true, withRequest: true}, signal);
  }, id);
  const [lines, setLines] = useState<LogLine[]>([]);
  const readLog = (): void => {
    if (logPath === undefined) return;
    get<{lines: LogLine[]}>(logPath, {...places.with(logPath), limit: LINES_KEPT}).then(
      (page) => setLines((old) => withLines(old, page.lines)), () => undefined);
  };
  const refresh = useThrottled(reload, 250);
  const take = (event: JobEvent): void => {
    if (event.log) setLines((old) => withLines(old, [event.log!]));
    else if (event.event === "progress") {
      change((old) => ({...old, progress: event.progress ?? 0,
        progressMessage: event.message ?? "", changed: event.sequence}));
    } else refresh();
  };
  const events = places.job(id, "events");
  const live = useWatch(events, {...places.with(events)}, take, () => {
    reload();
    readLog();
  });
  const isRunning = job?.status === "accepted";
  return (
    <>
      <nav class="crumbs" aria-label="Where this is">
        {places.list() !== undefined
          ? <a href={linkTo(places.datasource)}>{places.datasource}</a> : places.datasource}
      </nav>
      <div class="view-head">
        <h1 class="id">{id}</h1>
        <span role="status">{job && <StatusBadge status={job.status} />}</span>
        {job?.isSlow && <span class="badge flag">slow</span>}
        {job?.isStalled && <span class="badge flag">stalled</span>}
        <LiveMark live={live} />
        <div class="job-progress">
          {isRunning && <Progress value={job.progress ?? 0} label="Progress" />}
          {isRunning && <span>{Math.round((job.progress ?? 0) * 100)} %</span>}
          <span>{isRunning ? job.progressMessage : ""}</span>
        </div>
      </div>
      <ProblemNotice problem={problem} />
      {job && (
        <>
          <JobActions places={places} job={job} changed={refresh} />
          <div class="columns">
            <div>
              <Section title="Attempts"><Timeline job={job} /></Section>
              <Flow places={places} job={job} />
              <Section title="Log" aside={
                <span class="hint">{counted(lines.length, "line")}</span>}>
                {lines.length === 0 && FINAL.includes(job.status)
                  ? <Empty>Nothing was written.</Empty>
                  : <Log lines={lines} isLive={!FINAL.includes(job.status)} />}
              </Section>
              <Outcome job={job} />
            </div>
            <div>
              <Explain places={places} job={job} />
              <About places={places} job={job} />
            </div>
          </div>
        </>
      )}
    </>
  );
}
