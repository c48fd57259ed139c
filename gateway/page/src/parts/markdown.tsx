// As much of Markdown as documentation of functions needs, made of elements and never of HTML:
// headings, paragraphs, lists, quotes, code, emphasis, links to http and https.
import type {ComponentChildren, JSX} from "preact";

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\((https?:\/\/[^\s)]+)\)/;

function inline(text: string): ComponentChildren[] {
  const parts: ComponentChildren[] = [];
  let rest = text;
  for (let found = INLINE.exec(rest); found !== null; found = INLINE.exec(rest)) {
    parts.push(rest.slice(0, found.index));
    const [all, code, strong, weak, label, url] = found;
    if (code !== undefined) parts.push(<code>{code}</code>);
    else if (strong !== undefined) parts.push(<strong>{strong}</strong>);
    else if (weak !== undefined) parts.push(<em>{weak}</em>);
    else parts.push(<a href={url} rel="noreferrer noopener" target="_blank">{label}</a>);
    rest = rest.slice(found.index + all.length);
  }
  return [...parts, rest];
}

function headingOf(line: string): JSX.Element | undefined {
  const found = /^(#{1,6})\s+(.*)$/.exec(line);
  if (!found) return undefined;
  const Level = `h${Math.min(found[1]!.length + 2, 6)}` as "h3";
  return <Level>{inline(found[2]!)}</Level>;
}

const LIST = /^\s*(?:[-*+]|\d+[.)])\s+/;

function blockOf(lines: string[]): JSX.Element {
  const first = lines[0]!;
  const heading = lines.length === 1 ? headingOf(first) : undefined;
  if (heading) return heading;
  if (LIST.test(first)) {
    const items: string[] = [];
    for (const line of lines) {
      if (LIST.test(line)) items.push(line.replace(LIST, ""));
      else items[items.length - 1] += ` ${line.trim()}`;
    }
    const Kind = /^\s*\d/.test(first) ? "ol" : "ul";
    return <Kind>{items.map((item) => <li>{inline(item)}</li>)}</Kind>;
  }
  if (first.startsWith(">")) {
    return <blockquote>{inline(lines.map((line) => line.replace(/^>\s?/, "")).join(" "))}
    </blockquote>;
  }
  return <p>{inline(lines.join(" "))}</p>;
}

export function Markdown({text}: {text: string}): JSX.Element {
  const blocks: JSX.Element[] = [];
  let lines: string[] = [];
  let fence: string[] | undefined;
  const end = (): void => {
    if (lines.length > 0) blocks.push(blockOf(lines));
    lines = [];
  };
  for (const line of text.split("\n")) {
    if (/^\s*```/.test(line)) {
      if (fence) blocks.push(<pre tabIndex={0}><code>{fence.join("\n")}</code></pre>);
      else end();
      fence = fence ? undefined : [];
    } else if (fence) fence.push(line);
    else if (line.trim() === "") end();
    else if (headingOf(line)) {
      end();
      blocks.push(headingOf(line)!);
    } else lines.push(line);
  }
  if (fence) blocks.push(<pre tabIndex={0}><code>{fence.join("\n")}</code></pre>);
  end();
  return <div class="prose">{blocks}</div>;
}
