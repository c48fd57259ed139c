// The functions of a datasource: what they are for, what they take, and the way to submit one.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import {get} from "../api";
import {number} from "../format";
import {useLoad} from "../load";
import {Markdown} from "../parts/markdown";
import {Tree} from "../parts/tree";
import {Empty, Facts, ProblemNotice, Section, Time} from "../parts/ui";
import type {Places} from "../places";
import {linkTo} from "../route";
import type {FunctionStatus} from "../types";

function About({places, one}: {places: Places; one: FunctionStatus}): JSX.Element {
  const {function: about, quota} = one;
  return (
    <Section title={about.name} aside={places.submit() !== undefined && (
      <a class="button main" href={linkTo(places.datasource, "submit", about.name)}>Submit</a>
    )}>
      <Facts rows={[
        ["Version", about.version], ["Author", about.author],
        ["Tags", about.tags?.join(", ")], ["Costs", one.cost > 1 ? number(one.cost) : ""],
        ["Left of your rates", quota ? number(quota.left) : ""],
        ["Calls", about.calls?.map((call) => `${call.method ?? "any"} ${call.path}`).join(", ")],
        ["Changed", <Time at={one.changedAt} />]]} />
      {about.documentation ? <Markdown text={about.documentation} />
        : <Empty>It has no documentation.</Empty>}
      {about.requestSchema !== undefined && (
        <details><summary>Schema of the request</summary>
          <Tree name="request" value={about.requestSchema} /></details>
      )}
      {about.responseSchema !== undefined && (
        <details><summary>Schema of the response</summary>
          <Tree name="response" value={about.responseSchema} /></details>
      )}
    </Section>
  );
}

export function useFunctions(places: Places): ReturnType<typeof useLoad<FunctionStatus[]>> {
  const path = places.functions();
  return useLoad(async (signal) => (path === undefined ? [] : (
    await get<{functions: FunctionStatus[]}>(
      path, {...places.with(path), isWhole: true, limit: 1000}, signal)).functions),
  path ?? "");
}

export function FunctionsView({places, name}: {places: Places; name: string}): JSX.Element {
  const {value: all, problem} = useFunctions(places);
  const [wanted, setWanted] = useState("");
  const shown = (all ?? []).filter(({function: one}) => (
    wanted === "" || [one.name, ...(one.tags ?? [])].some((text) => (
      text.toLowerCase().includes(wanted.toLowerCase())))));
  const chosen = shown.find((one) => one.function.name === name) ?? shown[0];
  return (
    <>
      <ProblemNotice problem={problem} />
      {all?.length === 0 && <Empty>No function is registered here.</Empty>}
      {all !== undefined && all.length > 0 && (
        <div class="split">
          <nav class="card side" aria-label="Functions">
            <input type="search" placeholder="Search" aria-label="Search functions"
              value={wanted} onInput={(event) => setWanted(event.currentTarget.value)} />
            <ul class="plain">
              {shown.map(({function: one}) => (
                <li key={one.name}>
                  <a href={linkTo(places.datasource, "functions", one.name)}
                    aria-current={one.name === chosen?.function.name ? "true" : undefined}>
                    {one.name}</a>
                </li>
              ))}
            </ul>
          </nav>
          {chosen ? <About key={chosen.function.name} places={places} one={chosen} />
            : <Empty>None fits.</Empty>}
        </div>
      )}
    </>
  );
}
