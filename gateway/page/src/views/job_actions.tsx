// What may be done about a job: only what its status and the token allow is there.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import {post, type Problem} from "../api";
import {JsonInput} from "../parts/schema_form";
import {Action, Dialog, Field, ProblemNotice} from "../parts/ui";
import type {Places} from "../places";
import {go, linkTo} from "../route";
import {FINAL, type Job, type Json} from "../types";
import {StatusLink} from "./status_link";

function Edit(
  {path, job, close}: {path: string; job: Job; close: () => void}): JSX.Element {
  const [priority, setPriority] = useState(job.priority);
  const [validFor, setValidFor] = useState("");
  const [request, setRequest] = useState<Json | undefined>(job.request);
  const [problem, setProblem] = useState<Problem | undefined>();
  const isChanged = JSON.stringify(request) !== JSON.stringify(job.request);
  return (
    <Dialog title="Edit the job" onClose={close}>
      <div class="fields">
        <Field label="Priority"><input type="number" min={1} max={100} value={priority}
          onInput={(event) => setPriority(Number(event.currentTarget.value))} /></Field>
        <Field label="Valid for so many seconds from now" hint="empty: as it is">
          <input type="number" min={1} value={validFor}
            onInput={(event) => setValidFor(event.currentTarget.value)} /></Field>
        <Field label="Request" wide>
          <JsonInput label="Request" value={job.request} change={setRequest} rows={8} /></Field>
      </div>
      <ProblemNotice problem={problem} />
      <div class="actions">
        <Action kind="main" onProblem={setProblem} run={async () => {
          await post(path, {
            priority,
            ...(validFor === "" ? {} : {validForMs: Number(validFor) * 1000}),
            ...(isChanged && request !== undefined ? {request} : {})});
          close();
        }}>Save</Action>
      </div>
    </Dialog>
  );
}

// What cannot be taken back is asked for once more.
function Sure(
  {word, about, run, close}: {word: string; about: string; run: () => Promise<void>;
    close: () => void}): JSX.Element {
  const [problem, setProblem] = useState<Problem | undefined>();
  return (
    <Dialog title={`${word} the job?`} onClose={close}>
      <p>{about}</p>
      <ProblemNotice problem={problem} />
      <div class="actions">
        <Action kind="main danger" onProblem={setProblem} run={async () => {
          await run();
          close();
        }}>{word}</Action>
      </div>
    </Dialog>
  );
}

type Open = "" | "edit" | "link" | "cancel" | "remove";

export function JobActions(
  {places, job, changed}: {places: Places; job: Job; changed: () => void}): JSX.Element {
  const [open, setOpen] = useState<Open>("");
  const [problem, setProblem] = useState<Problem | undefined>();
  const isFinal = FINAL.includes(job.status);
  const waits = job.status === "submitted" || job.status === "retrying";
  const mayEnd = !isFinal && !job.cancelRequestedAt;
  const cancel = mayEnd ? places.job(job.job, "cancel", "POST") : undefined;
  const restart = places.admin("restart", job.job);
  const edit = waits ? places.admin("edit", job.job) : undefined;
  const remove = isFinal ? places.admin("remove", job.job) : undefined;
  const again = isFinal && places.submit() !== undefined && job.request !== undefined;
  const close = (): void => {
    setOpen("");
    changed();
  };
  return (
    <>
      <div class="actions" role="group" aria-label="Actions">
        {cancel && <button type="button" class="danger"
          onClick={() => setOpen("cancel")}>Cancel</button>}
        {restart && isFinal && !job.child && (
          <Action onProblem={setProblem} run={async () => {
            const made = await post<Job>(restart);
            go(linkTo(places.datasource, "job", made.job));
          }}>{job.status === "failed" ? "Redrive" : "Restart"}</Action>
        )}
        {restart && waits && job.notBefore && (
          <Action onProblem={setProblem} run={async () => {
            await post(restart);
            changed();
          }}>Run now</Action>
        )}
        {edit && <button type="button" onClick={() => setOpen("edit")}>Edit</button>}
        {again && (
          <Action onProblem={setProblem} run={async () => {
            const made = await post<Job>(places.submit()!, {
              job: crypto.randomUUID(), request: job.request, tags: job.tags ?? [],
              ...(places.rights.client === "" ? {client: job.client} : {}),
              ...(job.function ? {function: job.function} : {})});
            go(linkTo(places.datasource, "job", made.job));
          }}>Submit again</Action>
        )}
        {remove && <button type="button" class="danger"
          onClick={() => setOpen("remove")}>Remove</button>}
        <button type="button" onClick={() => setOpen("link")}>Status link…</button>
      </div>
      <ProblemNotice problem={problem} />
      {open === "edit" && <Edit path={edit!} job={job} close={close} />}
      {open === "link" && <StatusLink places={places} job={job} close={() => setOpen("")} />}
      {open === "cancel" && cancel && (
        <Sure word="Cancel" about={job.status === "accepted"
          ? "Its worker is told to stop, and has some seconds for it."
          : "It is not done any more."}
        run={() => post(cancel, places.with(cancel))} close={close} />
      )}
      {open === "remove" && (
        <Sure word="Remove" about="It is forgotten now, with its log and its attempts."
          run={() => post(remove!)} close={() => {
            setOpen("");
            go(linkTo(places.datasource));
          }} />
      )}
    </>
  );
}
