// Small pieces that all views are made of.
import type {ComponentChildren, JSX} from "preact";
import {useEffect, useLayoutEffect, useRef, useState} from "preact/hooks";
import {endSession, type Problem} from "../api";
import {between, fullTime, since, time} from "../format";
import type {Live} from "../stream";

const STATUS_WORDS: {[status: string]: string} = {submitted: "waiting", accepted: "running"};

export function wordOf(status: string): string {
  return STATUS_WORDS[status] ?? status;
}

export function StatusBadge({status}: {status: string}): JSX.Element {
  return <span class={`badge status-${status}`}>{wordOf(status)}</span>;
}

export function Time({at}: {at: string | undefined}): JSX.Element | null {
  if (!at) return null;
  return <time dateTime={at} title={fullTime(at)}>{time(at)}</time>;
}

// Draws anew each second: what is told by this browser's clock goes on.
export function useClock(isOn = true): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!isOn) return undefined;
    const timer = setInterval(() => tick((old) => old + 1), 1000);
    return () => clearInterval(timer);
  }, [isOn]);
}

// How long ago.
export function Since({at}: {at: string | undefined}): JSX.Element | null {
  useClock();
  return at ? <span title={fullTime(at)}>{since(at)}</span> : null;
}

// For how long until now.
export function Lasting({from}: {from: string | undefined}): JSX.Element | null {
  useClock();
  return from ? <span title={fullTime(from)}>{between(from, undefined)}</span> : null;
}

export function ProblemNotice({problem}: {problem: Problem | undefined}): JSX.Element | null {
  if (!problem) return null;
  return (
    <p class="notice bad" role="alert">
      {problem.code > 0 && <b>{problem.code} </b>}{problem.message || "It did not work."}
      {problem.code === 401 && (
        <>{" "}<button type="button" onClick={() => {
          void endSession().finally(() => location.reload());
        }}>Sign in anew</button></>
      )}
    </p>
  );
}

const LIVE_WORDS: {[live in Live]: string} = {
  live: "live", connecting: "connecting", paused: "paused", ended: "ended", off: "not live"};

export function LiveMark({live}: {live: Live}): JSX.Element {
  return (
    <span class={`live live-${live}`} role="status">
      <span class="dot" aria-hidden="true" />{LIVE_WORDS[live]}
    </span>
  );
}

export function Section(
  {title, aside, children, id}: {title: string; aside?: ComponentChildren;
    children: ComponentChildren; id?: string}): JSX.Element {
  return (
    <section class="card" aria-label={title} id={id}>
      <header class="card-head"><h2>{title}</h2>{aside}</header>
      {children}
    </section>
  );
}

export function Facts({rows}: {rows: [string, ComponentChildren][]}): JSX.Element {
  return (
    <dl class="facts">
      {rows.filter(([, value]) => value !== undefined && value !== "" && value !== null)
        .map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
    </dl>
  );
}

export function Field(
  {label, hint, children, wide}: {label: string; hint?: string | undefined;
    children: ComponentChildren; wide?: boolean}): JSX.Element {
  return (
    <label class={wide ? "field wide" : "field"}>
      <span class="field-label">{label}</span>
      {children}
      {hint && <span class="hint">{hint}</span>}
    </label>
  );
}

export function Progress({value, label}: {value: number; label: string}): JSX.Element {
  return <progress max={1} value={value} aria-label={`${label}: ${Math.round(value * 100)} %`} />;
}

// Keyboard and focus are the browser's own: it is a dialog element.
export function Dialog(
  {title, onClose, children}: {title: string; onClose: () => void;
    children: ComponentChildren}): JSX.Element {
  const element = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    element.current?.showModal();
  }, []);
  return (
    <dialog ref={element} aria-label={title} onClose={onClose}
      onClick={(event) => event.target === element.current && element.current?.close()}>
      <div class="dialog">
        <header class="card-head">
          <h2>{title}</h2>
          <button type="button" class="quiet" aria-label="Close"
            onClick={() => element.current?.close()}>✕</button>
        </header>
        {children}
      </div>
    </dialog>
  );
}

// A button that does something at the store, says that it is under way and what went wrong.
export function Action(
  {children, run, kind = "", onProblem, disabled = false}: {children: ComponentChildren;
    run: () => Promise<void>; kind?: string; onProblem: (problem: Problem | undefined) => void;
    disabled?: boolean}): JSX.Element {
  const [isBusy, setIsBusy] = useState(false);
  const click = async (): Promise<void> => {
    setIsBusy(true);
    onProblem(undefined);
    try {
      await run();
    } catch (error) {
      onProblem(error as Problem);
    }
    setIsBusy(false);
  };
  return (
    <button type="button" class={kind} disabled={disabled || isBusy} aria-busy={isBusy}
      onClick={click}>{children}</button>
  );
}

export function CopyButton({text, label}: {text: string; label: string}): JSX.Element {
  const [said, setSaid] = useState("");
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid("Select the text and copy it");
    }
  };
  return (
    <>
      <button type="button" onClick={copy}>{label}</button>
      <span class="said" role="status">{said}</span>
    </>
  );
}

export function Empty({children}: {children: ComponentChildren}): JSX.Element {
  return <p class="empty">{children}</p>;
}
