// The events of a job, a client or a datasource, for views that follow them.
import {useEffect, useRef, useState} from "preact/hooks";
import {urlOf} from "./api";
import {type Live, openStream} from "./stream";
import type {JobEvent} from "./types";

const KINDS = [
  "submitted", "accepted", "progress", "log", "complete", "failed", "forbidden", "retrying",
  "released", "lease-lost", "undelivered", "cancel-requested", "cancelled", "edited", "flagged"];

interface Handlers {
  event(event: JobEvent): void;
  // All that is shown is to be read anew: at the beginning, and where events were lost.
  reset(): void;
  live(state: Live): void;
}

// Goes on behind the last event whenever it is opened anew.
function watch(url: string, handlers: Handlers): () => void {
  let last = "";
  const stream = openStream({
    url: () => (last === "" ? url : `${url}${url.includes("?") ? "&" : "?"}after=${last}`),
    names: ["snapshot", "lost", "close", ...KINDS],
    take: (name, message) => {
      if (message.lastEventId !== "") last = message.lastEventId;
      if (name === "close") stream.end("ended");
      else if (name === "snapshot" || name === "lost") handlers.reset();
      else handlers.event(JSON.parse(message.data) as JobEvent);
    },
    live: (state) => {
      if (state === "live" && last !== "") handlers.reset();
      handlers.live(state);
    },
  });
  return () => stream.end("off");
}

// Watches while the view is there; without a path nothing.
export function useWatch(
  path: string | undefined, query: {[name: string]: string | boolean},
  event: (one: JobEvent) => void, reset: () => void): Live {
  const [live, setLive] = useState<Live>("off");
  const handlers = useRef({event, reset});
  handlers.current = {event, reset};
  const url = path === undefined ? undefined : urlOf(path, query);
  useEffect(() => {
    if (url === undefined) {
      setLive("off");
      return undefined;
    }
    return watch(url, {
      event: (one) => handlers.current.event(one),
      reset: () => handlers.current.reset(),
      live: setLive,
    });
  }, [url]);
  return live;
}

// Calls at once, and then at most each `pause` milliseconds, the last time behind the last call.
export function useThrottled(call: () => void, pause: number): () => void {
  const latest = useRef(call);
  latest.current = call;
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const again = useRef(false);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useRef(() => {
    if (timer.current !== undefined) {
      again.current = true;
      return;
    }
    const end = (): void => {
      timer.current = undefined;
      if (!again.current) return;
      again.current = false;
      latest.current();
      timer.current = setTimeout(end, pause);
    };
    latest.current();
    timer.current = setTimeout(end, pause);
  }).current;
}
