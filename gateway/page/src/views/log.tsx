// What workers have written about a job.
import type {JSX} from "preact";
import {useEffect, useRef, useState} from "preact/hooks";
import {Time} from "../parts/ui";
import type {LogLine} from "../types";

const LEVELS: LogLine["level"][] = ["debug", "info", "warning", "error"];

export function Log({lines, isLive}: {lines: LogLine[]; isLive: boolean}): JSX.Element {
  const [least, setLeast] = useState(0);
  const [follows, setFollows] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const shown = lines.filter((line) => LEVELS.indexOf(line.level) >= least);
  useEffect(() => {
    if (follows && isLive && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [shown.length, follows, isLive]);
  return (
    <>
      <div class="bar">
        <label>From{" "}
          <select value={String(least)}
            onChange={(event) => setLeast(Number(event.currentTarget.value))}>
            {LEVELS.map((level, i) => <option key={level} value={String(i)}>{level}</option>)}
          </select>
        </label>
        {isLive && (
          <label class="check"><input type="checkbox" checked={follows}
            onChange={(event) => setFollows(event.currentTarget.checked)} /> follow</label>
        )}
      </div>
      <div class={isLive ? "log fixed" : "log"} ref={box} tabIndex={0} role="log"
        aria-label="Log"><ol class="plain">
        {shown.map((line) => (
          <li key={line.number} class={`level-${line.level}`}>
            <Time at={line.time} /><span class="level">{line.level}</span>
            <span class="text">{line.text}</span>
          </li>
        ))}
      </ol></div>
    </>
  );
}
