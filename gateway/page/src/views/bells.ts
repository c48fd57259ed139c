// Whether something happened in any of many datasources, by one stream, for views that show their
// numbers.
import {useEffect, useRef, useState} from "preact/hooks";
import {Places} from "../places";
import type {Rights} from "../rights";
import {type Live, openStream} from "../stream";

const PATHS_MAX = 64;

export function useBells(rights: Rights, names: string[], ring: () => void): Live {
  const [live, setLive] = useState<Live>("off");
  const latest = useRef(ring);
  latest.current = ring;
  const paths = names.map((name) => new Places(rights, name, "").events())
    .filter((path) => path !== undefined && (path.startsWith("/jobs/") || rights.client !== ""))
    .slice(0, PATHS_MAX).join(",");
  useEffect(() => {
    if (paths === "") {
      setLive("off");
      return undefined;
    }
    const stream = openStream({
      url: () => `/changes?path=${paths}`,
      names: ["changed"],
      take: () => latest.current(),
      live: setLive,
    });
    return () => stream.end("off");
  }, [paths]);
  return live;
}
