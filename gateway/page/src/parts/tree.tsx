// JSON as a tree that can be opened and shut. Everything in it is text.
import type {JSX} from "preact";
import {useState} from "preact/hooks";
import type {Json} from "../types";

const ITEMS_SHOWN = 200;
const TEXT_SHOWN = 2000;

function Scalar({value}: {value: null | boolean | number | string}): JSX.Element {
  const [isWhole, setIsWhole] = useState(false);
  if (typeof value !== "string") return <span class="json-word">{String(value)}</span>;
  if (isWhole || value.length <= TEXT_SHOWN) {
    return <span class="json-text">{JSON.stringify(value)}</span>;
  }
  return (
    <span class="json-text">
      {JSON.stringify(value.slice(0, TEXT_SHOWN))}
      <button type="button" class="small" onClick={() => setIsWhole(true)}>
        all {value.length} characters
      </button>
    </span>
  );
}

function Branch(
  {name, value, depth}: {name: string; value: Json[] | {[name: string]: Json};
    depth: number}): JSX.Element {
  const [isOpen, setIsOpen] = useState(depth < 2);
  const [shown, setShown] = useState(ITEMS_SHOWN);
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const size = isList ? `[${entries.length}]` : `{${entries.length}}`;
  return (
    <details open={isOpen} onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary><span class="json-name">{name}</span><span class="json-size">{size}</span></summary>
      {isOpen && (
        <ul>
          {entries.slice(0, shown).map(([key, one]) => (
            <li key={key}><Node name={key} value={one} depth={depth + 1} /></li>
          ))}
          {entries.length > shown && (
            <li><button type="button" class="small"
              onClick={() => setShown(shown + ITEMS_SHOWN)}>
              {entries.length - shown} more</button></li>
          )}
        </ul>
      )}
    </details>
  );
}

function Node({name, value, depth}: {name: string; value: Json; depth: number}): JSX.Element {
  if (value !== null && typeof value === "object") {
    return <Branch name={name} value={value} depth={depth} />;
  }
  return <div class="json-leaf"><span class="json-name">{name}</span><Scalar value={value} /></div>;
}

export function Tree({name, value}: {name: string; value: Json}): JSX.Element {
  return <div class="tree"><Node name={name} value={value} depth={0} /></div>;
}
