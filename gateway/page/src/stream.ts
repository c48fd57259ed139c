// A stream of events by the browser's EventSource. One that nobody sees is closed, since a browser
// has six connections to a site, and opened again once the page is seen.

export type Live = "off" | "connecting" | "live" | "paused" | "ended";

export interface Stream {
  url(): string;
  names: string[]; // of messages that are taken
  take(name: string, message: MessageEvent<string>): void;
  live(state: Live): void;
}

export interface OpenStream {
  end(state: Live): void;
}

const [FIRST_PAUSE, LAST_PAUSE] = [2000, 60000];

// A connection that breaks the browser itself opens anew; one that is refused it does not, though
// the store may just have been away.
export function openStream(stream: Stream): OpenStream {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pause = FIRST_PAUSE;

  const open = (): void => {
    clearTimeout(timer);
    source?.close();
    if (document.hidden) {
      stream.live("paused");
      return;
    }
    const opened = new EventSource(stream.url());
    source = opened;
    stream.live("connecting");
    opened.onopen = () => {
      pause = FIRST_PAUSE;
      stream.live("live");
    };
    opened.onerror = (error) => {
      if (error instanceof MessageEvent) { // what the gateway says
        end("off");
        return;
      }
      stream.live("connecting");
      if (opened.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, pause);
      pause = Math.min(pause * 2, LAST_PAUSE);
    };
    for (const name of stream.names) {
      opened.addEventListener(name, (message: MessageEvent<string>) => stream.take(name, message));
    }
  };
  const end = (state: Live): void => {
    document.removeEventListener("visibilitychange", open);
    clearTimeout(timer);
    source?.close();
    stream.live(state);
  };
  document.addEventListener("visibilitychange", open);
  open();
  return {end};
}
