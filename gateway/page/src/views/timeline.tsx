// The attempts of a job: when each ran, for how long, and how it ended. The bars show the same to
// scale; the words are for all.
import type {JSX} from "preact";
import {between} from "../format";
import {Time, useClock} from "../parts/ui";
import {type Attempt, FINAL, type Job} from "../types";

const WIDTH = 600;

interface Run {
  attempt: number;
  from: string;
  to: string | undefined;
  ending: string;
  worker: string;
  error?: Attempt["error"];
}

function runsOf(job: Job): Run[] {
  const runs: Run[] = (job.attempts ?? []).map((one) => ({
    attempt: one.attempt, from: one.acceptedAt, to: one.endedAt, ending: one.ending,
    worker: one.worker, error: one.error ?? null}));
  if (job.status === "accepted" && job.acceptedAt) {
    runs.push({attempt: job.attempt, from: job.acceptedAt, to: undefined, ending: "running",
      worker: job.worker ?? ""});
  }
  return runs;
}

function Bar({run, begin, end}: {run: Run; begin: number; end: number}): JSX.Element {
  const scale = WIDTH / Math.max(end - begin, 1);
  const x = (Date.parse(run.from) - begin) * scale;
  const width = ((run.to ? Date.parse(run.to) : end) - Date.parse(run.from)) * scale;
  return (
    <svg class="run-bar" viewBox={`0 0 ${WIDTH} 10`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="all" x="0" y="3" width={WIDTH} height="4" rx="2" />
      <rect class={`ending-${run.ending}`} x={Math.min(x, WIDTH - 3)} y="0"
        width={Math.max(width, 3)} height="10" rx="2" />
    </svg>
  );
}

export function Timeline({job}: {job: Job}): JSX.Element {
  useClock(!FINAL.includes(job.status));
  const runs = runsOf(job);
  const begin = Date.parse(job.submittedAt);
  const end = job.finishedAt ? Date.parse(job.finishedAt) : Date.now();
  const first = runs[0]?.from;
  return (
    <ol class="timeline">
      <li>
        <span class="when"><Time at={job.submittedAt} /></span>
        <span class="what">submitted{first
          ? <span class="hint"> waited {between(job.submittedAt, first)}</span>
          : !FINAL.includes(job.status)
            && <span class="hint"> waits for {between(job.submittedAt, undefined)}</span>}</span>
      </li>
      {runs.map((run) => (
        <li key={run.attempt}>
          <span class="when"><Time at={run.from} /></span>
          <span class="what">
            <b>attempt {run.attempt}</b> by {run.worker}{" "}
            <span class={`badge ending-${run.ending}`}>{run.ending}</span>{" "}
            <span class="hint">{run.to ? "after" : "for"} {between(run.from, run.to)}</span>
            {run.error && <span class="why">{run.error.code} {run.error.message}</span>}
            <Bar run={run} begin={begin} end={end} />
          </span>
        </li>
      ))}
      {job.finishedAt && (
        <li>
          <span class="when"><Time at={job.finishedAt} /></span>
          <span class="what">{job.status}</span>
        </li>
      )}
    </ol>
  );
}
