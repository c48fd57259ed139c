// The same for all jobs that the filters find: first how many there are, then, step by step, for
// each of them.
import type {JSX} from "preact";
import {useRef, useState} from "preact/hooks";
import {post, type Problem} from "../api";
import {counted, number} from "../format";
import {Action, Dialog, Field, ProblemNotice} from "../parts/ui";
import type {Places} from "../places";
import type {BulkStep, Job} from "../types";

const ACTIONS: [string, string, string][] = [
  ["cancel", "Cancel", "Jobs that wait end at once, running ones as their workers say so."],
  ["restart", "Redrive", "Failed jobs, or those of the chosen statuses, are done again."],
  ["edit", "Edit", "The priority of jobs that wait."],
  ["remove", "Remove", "Jobs that have ended are forgotten now."]];
const STEP = 200;

interface Sum {
  count: number;
  examples: Job[];
  done: number; // of one
}

export function Bulk(
  {places, filters, close}: {places: Places; filters: {[name: string]: string};
    close: () => void}): JSX.Element {
  const offered = ACTIONS.filter(([part]) => places.admin(part) !== undefined);
  const [part, setPart] = useState(offered[0]![0]);
  const [priority, setPriority] = useState(50);
  const [isForced, setIsForced] = useState(false);
  const [dry, setDry] = useState<Sum | undefined>();
  const [made, setMade] = useState<Sum | undefined>();
  const [problem, setProblem] = useState<Problem | undefined>();
  const isStopped = useRef(false);
  const [, word, about] = offered.find(([one]) => one === part)!;

  const all = async (isDry: boolean, tell: (sum: Sum) => void): Promise<void> => {
    const where = {...filters, statuses: filters.statuses?.split(",") ?? [],
      flagged: filters.flagged === "true"};
    const sum: Sum = {count: 0, examples: [], done: 0};
    isStopped.current = false;
    for (let cursor = 0; !isStopped.current;) {
      const step = await post<BulkStep>(places.admin(part)!, {
        where: {...where, cursor, limit: STEP}, isDry,
        ...(part === "edit" ? {edit: {priority}} : {}),
        ...(part === "remove" ? {isForced} : {})});
      sum.count += step.count;
      if (sum.examples.length === 0) sum.examples = step.jobs.slice(0, 10);
      cursor = step.cursor ?? 0;
      sum.done = cursor === 0 ? 1 : cursor / Math.max(step.last, 1);
      tell({...sum});
      if (cursor === 0) break;
    }
  };
  const choose = (change: () => void): void => {
    change();
    setDry(undefined);
    setMade(undefined);
  };
  const said = Object.entries(filters).map(([name, value]) => `${name} ${value}`);
  return (
    <Dialog title="Change all of these" onClose={close}>
      <p>All jobs of {places.datasource}{said.length > 0 ? ` with ${said.join(", ")}` : ""}.</p>
      <div class="fields">
        <Field label="What" hint={about}>
          <select value={part} onChange={(event) => {
            const {value} = event.currentTarget;
            choose(() => setPart(value));
          }}>
            {offered.map(([one, name]) => <option key={one} value={one}>{name}</option>)}
          </select>
        </Field>
        {part === "edit" && (
          <Field label="Priority">
            <input type="number" min={1} max={100} value={priority} onInput={(event) => {
              const value = Number(event.currentTarget.value);
              choose(() => setPriority(value));
            }} />
          </Field>
        )}
        {part === "remove" && (
          <label class="check"><input type="checkbox" checked={isForced} onChange={(event) => {
            const {checked} = event.currentTarget;
            choose(() => setIsForced(checked));
          }} /> also jobs that have not ended</label>
        )}
      </div>
      <ProblemNotice problem={problem} />
      {dry && (
        <div class="notice" role="status">
          <p><b>{counted(dry.count, "job")}</b> would change
            {dry.examples.length > 0 ? ", such as:" : "."}</p>
          <ul class="plain">
            {dry.examples.map((job) => <li key={job.job}><code>{job.job}</code></li>)}
          </ul>
        </div>
      )}
      {made && (
        <div class="notice" role="status">
          <progress max={1} value={made.done} aria-label="How far it has come" />
          <p>{counted(made.count, "job")} changed{made.done >= 1 ? ", all done." : " …"}</p>
          {made.done < 1 && <button type="button" onClick={() => {
            isStopped.current = true;
          }}>Stop</button>}
        </div>
      )}
      <div class="actions">
        <Action onProblem={setProblem} run={() => all(true, setDry)}>Dry run</Action>
        <Action kind={part === "edit" ? "main" : "main danger"} onProblem={setProblem}
          disabled={dry === undefined || dry.count === 0 || made !== undefined}
          run={() => all(false, setMade)}>
          {dry ? `${word} ${number(dry.count)}` : word}
        </Action>
      </div>
    </Dialog>
  );
}
