// What a view shows of the store: read when it opens and whenever it is told to, the old staying
// until the new is there.
import {useCallback, useEffect, useRef, useState} from "preact/hooks";
import {Problem} from "./api";

export interface Loaded<T> {
  value: T | undefined;
  problem: Problem | undefined;
  reload(): void;
  change(next: (value: T) => T): void;
}

// What `key` names is read once more when `version` changes, and by reload(): while that is under
// way, once more behind it, however often it is called.
export function useLoad<T>(
  read: (signal: AbortSignal) => Promise<T>, key: string, version = ""): Loaded<T> {
  const [state, setState] = useState<{key: string; value?: T; problem?: Problem}>({key});
  const reader = useRef(read);
  reader.current = read;
  const start = useRef(() => {});
  const isReading = useRef(false);
  useEffect(() => {
    const stop = new AbortController();
    isReading.current = false;
    let isWanted = false;
    const fail = (error: Error): void => {
      if (stop.signal.aborted || error.name === "AbortError") return;
      const problem = error instanceof Problem ? error : new Problem(0, error.message);
      setState((old) => (old.key === key && old.value !== undefined
        ? {key, value: old.value, problem} : {key, problem}));
    };
    start.current = () => {
      isWanted = isReading.current;
      if (isReading.current) return;
      isReading.current = true;
      reader.current(stop.signal)
        .then((value) => !stop.signal.aborted && setState({key, value}), fail)
        .finally(() => {
          if (stop.signal.aborted) return;
          isReading.current = false;
          if (isWanted) start.current();
        });
    };
    start.current();
    return () => stop.abort();
  }, [key, version]);
  const reload = useCallback(() => start.current(), []);
  // What is under way may be older than this change.
  const change = useCallback((next: (value: T) => T) => {
    setState((old) => (old.value === undefined ? old : {...old, value: next(old.value)}));
    if (isReading.current) start.current();
  }, []);
  const isSame = state.key === key;
  return {
    value: isSame ? state.value : undefined,
    problem: isSame ? state.problem : undefined,
    reload,
    change,
  };
}
