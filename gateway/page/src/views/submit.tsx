// A form to submit a job: of a function by its schema, or any JSON.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import {post, type Problem} from "../api";
import {Markdown} from "../parts/markdown";
import {initialOf, JsonInput, SchemaPart, schemaOf} from "../parts/schema_form";
import {Action, Field, ProblemNotice, Section} from "../parts/ui";
import type {Places} from "../places";
import {go, linkTo} from "../route";
import type {FunctionStatus, Job, Json} from "../types";
import {useFunctions} from "./functions";

function Form(
  {places, chosen}: {places: Places; chosen: FunctionStatus | undefined}): JSX.Element {
  const about = chosen?.function;
  const schema = schemaOf(about?.requestSchema);
  const hasSchema = Object.keys(schema).length > 0;
  const [request, setRequest] = useState<Json | undefined>(
    () => (hasSchema ? initialOf(schema) : {}));
  const [isByHand, setIsByHand] = useState(false);
  const [job, setJob] = useState(() => crypto.randomUUID() as string);
  const [client, setClient] = useState(places.client);
  const [priority, setPriority] = useState("");
  const [tags, setTags] = useState("");
  const [delay, setDelay] = useState("");
  const [problem, setProblem] = useState<Problem | undefined>();
  const [form, setForm] = useState<HTMLFormElement | null>(null);

  const submit = async (): Promise<void> => {
    if (form && !form.reportValidity()) return;
    const made = await post<Job>(places.submit()!, {
      job,
      request: request ?? null,
      ...(about ? {function: about.name} : {}),
      ...(client === "" ? {} : {client}),
      ...(priority === "" ? {} : {priority: Number(priority)}),
      ...(delay === "" ? {} : {delayMs: Math.round(Number(delay) * 1000)}),
      tags: tags.split(/[\s,]+/).filter(Boolean),
    });
    go(linkTo(places.datasource, "job", made.job));
  };
  return (
    <form ref={setForm} onSubmit={(event) => event.preventDefault()}>
      {hasSchema && (
        <label class="check"><input type="checkbox" checked={isByHand}
          onChange={(event) => setIsByHand(event.currentTarget.checked)} /> as JSON</label>
      )}
      {hasSchema && !isByHand
        ? <SchemaPart label="Request" schema={schema} value={request} change={setRequest}
          isNeeded />
        : <Field label="Request" wide>
          <JsonInput label="Request" value={request} change={setRequest} rows={10} /></Field>}
      <details>
        <summary>Options</summary>
        <div class="fields">
          <Field label="Job" hint="Its id; the same once more makes no second job">
            <input value={job} onInput={(event) => setJob(event.currentTarget.value)} required
              pattern="[A-Za-z0-9._~\-]+" /></Field>
          <Field label="Priority" hint="1 to 100, the highest first"><input type="number" min={1}
            max={100} value={priority}
            onInput={(event) => setPriority(event.currentTarget.value)} /></Field>
          <Field label="Delay in seconds"><input type="number" min={0} step="any" value={delay}
            onInput={(event) => setDelay(event.currentTarget.value)} /></Field>
          <Field label="Tags" hint="parted by spaces"><input value={tags}
            onInput={(event) => setTags(event.currentTarget.value)} /></Field>
        </div>
      </details>
      {places.rights.client === "" && (
        <Field label="Client" hint="whose job it is"><input required value={client}
          pattern="[A-Za-z0-9._~:@+\/=\-]+"
          onInput={(event) => setClient(event.currentTarget.value)} /></Field>
      )}
      <ProblemNotice problem={problem} />
      <div class="actions">
        <Action kind="main" onProblem={setProblem} run={submit}>Submit</Action>
      </div>
    </form>
  );
}

export function SubmitView({places, name}: {places: Places; name: string}): JSX.Element {
  const {value: functions, problem} = useFunctions(places);
  const chosen = functions?.find((one) => one.function.name === name);
  if (functions === undefined && problem === undefined) return <div class="card tall" />;
  return (
    <Section title="Submit a job">
      <ProblemNotice problem={problem} />
      {functions !== undefined && functions.length > 0 && (
        <Field label="Function">
          <select value={name} onChange={(event) => go(
            linkTo(places.datasource, "submit", event.currentTarget.value))}>
            <option value="">none</option>
            {functions.map(({function: one}) => (
              <option key={one.name} value={one.name}>{one.name}</option>
            ))}
          </select>
        </Field>
      )}
      {chosen?.function.documentation && (
        <details><summary>About {chosen.function.name}</summary>
          <Markdown text={chosen.function.documentation} /></details>
      )}
      <Form key={name} places={places} chosen={chosen} />
    </Section>
  );
}
