// The filters of lists. They stand in the address, so that a list can be kept and handed on.
import type {JSX} from "preact";
import {Field, wordOf} from "../parts/ui";
import {STATUSES} from "../types";

const TEXTS: [string, string, string][] = [
  ["function", "Function", "ocr*"], ["tag", "Tag", "user=*"], ["group", "Group", ""],
  ["key", "Key", ""], ["unique", "Unique name", ""], ["client", "Client", ""],
  ["text", "Text in the request", ""]];
const TIMES: [string, string][] = [
  ["submitted", "Submitted"], ["started", "Started"], ["ended", "Ended"]];
const ORDERS: [string, string][] = [
  ["submitted-down", "newest first"], ["submitted", "oldest first"],
  ["changed-down", "changed last first"], ["changed", "changed first"],
  ["started-down", "started last first"], ["started", "started first"],
  ["ended-down", "ended last first"], ["ended", "ended first"],
  ["priority-down", "highest priority"], ["priority", "lowest priority"],
  ["service", "as they are served"]];

export const FIRST_ORDER = "submitted-down";
const NAMES = [
  "statuses", "flagged", ...TEXTS.map(([name]) => name),
  ...TIMES.flatMap(([name]) => [`${name}Since`, `${name}Before`])];

// What the address says, as parameters of a list.
export function filtersOf(query: URLSearchParams): {[name: string]: string} {
  const filters: {[name: string]: string} = {};
  for (const name of NAMES) {
    const value = query.get(name);
    if (value !== null && value !== "") filters[name] = value;
  }
  return filters;
}

function localTime(iso: string | undefined): string {
  if (iso === undefined) return "";
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

// A job by its id, without looking for it.
export function JobById({open}: {open: (job: string) => void}): JSX.Element {
  return (
    <form onSubmit={(event) => {
      event.preventDefault();
      open(new FormData(event.currentTarget).get("job") as string);
    }}>
      <input name="job" required placeholder="Go to job" aria-label="Go to job, by its id"
        autocapitalize="off" spellcheck={false} />
    </form>
  );
}

export function Filters(
  {query, change, isOfClient}: {query: URLSearchParams; change: (query: string) => void;
    isOfClient: boolean}): JSX.Element {
  const filters = filtersOf(query);
  const set = (name: string, value: string): void => {
    const next = new URLSearchParams(query);
    if (value === "") next.delete(name);
    else next.set(name, value);
    change(next.toString());
  };
  const chosen = (filters.statuses ?? "").split(",").filter(Boolean);
  const toggle = (status: string, is: boolean): void => set(
    "statuses", (is ? [...chosen, status] : chosen.filter((one) => one !== status)).join(","));
  const count = Object.keys(filters).filter((name) => name !== "statuses").length;
  return (
    <form class="filters" role="search" aria-label="Filters"
      onSubmit={(event) => event.preventDefault()}>
      <div class="bar">
        <fieldset class="chips">
          <legend class="hidden">Status</legend>
          {STATUSES.map((status) => (
            <label class="chip" key={status}>
              <input type="checkbox" checked={chosen.includes(status)}
                onChange={(event) => toggle(status, event.currentTarget.checked)} />
              <span>{wordOf(status)}</span>
            </label>
          ))}
          <label class="chip">
            <input type="checkbox" checked={filters.flagged === "true"}
              onChange={(event) => set("flagged", event.currentTarget.checked ? "true" : "")} />
            <span>slow or stalled</span>
          </label>
        </fieldset>
        <label class="order">Order{" "}
          <select value={query.get("order") ?? FIRST_ORDER}
            onChange={(event) => set("order", event.currentTarget.value)}>
            {ORDERS.map(([value, word]) => <option key={value} value={value}>{word}</option>)}
          </select>
        </label>
      </div>
      <details open={count > 0}>
        <summary>More filters{count > 0 ? ` (${count})` : ""}</summary>
        <div class="fields">
          {TEXTS.filter(([name]) => name !== "client" || !isOfClient)
            .map(([name, label, example]) => (
              <Field key={name} label={label}>
                <input value={filters[name] ?? ""} placeholder={example} autocapitalize="off"
                  onChange={(event) => set(name, event.currentTarget.value.trim())} />
              </Field>
            ))}
          {TIMES.flatMap(([name, label]) => ["Since", "Before"].map((end) => (
            <Field key={name + end} label={`${label} ${end === "Since" ? "from" : "before"}`}>
              <input type="datetime-local" value={localTime(filters[name + end])}
                onChange={(event) => set(name + end, event.currentTarget.value === "" ? ""
                  : new Date(event.currentTarget.value).toISOString())} />
            </Field>
          )))}
        </div>
        <button type="button" onClick={() => change("")}>Clear all filters</button>
      </details>
    </form>
  );
}
