// A job with all that it waits for and all that follows it, as a graph from left to right.
import type {JSX} from "preact";
import {get} from "../api";
import {useLoad} from "../load";
import {Section, wordOf} from "../parts/ui";
import {Places} from "../places";
import {linkTo} from "../route";
import type {Job} from "../types";

interface Node {
  datasource: string;
  job: string; // empty: it is not made yet
  label: string;
  status: string;
  column: number;
  row: number;
}
interface Edge {
  from: string;
  to: string;
  label: string;
}
interface Graph {
  nodes: Map<string, Node>;
  edges: Edge[];
}

const NODES_MAX = 40;
const [WIDTH, HEIGHT, GAP_X, GAP_Y] = [150, 46, 40, 16];

export function hasFlow(job: Job): boolean {
  return [job.after, job.then].some((list) => list !== undefined && list.length > 0)
    || [job.parent, job.child, job.follows, job.afterGroup].some(Boolean);
}

class Walk {
  readonly nodes = new Map<string, Node>();
  readonly edges: Edge[] = [];

  constructor(private readonly places: Places, private readonly signal: AbortSignal) {}

  private add(key: string, node: Omit<Node, "row">): boolean {
    if (this.nodes.has(key) || this.nodes.size >= NODES_MAX) return false;
    const row = [...this.nodes.values()].filter((one) => one.column === node.column).length;
    this.nodes.set(key, {...node, row});
    return true;
  }
  private link(from: string, to: string, label: string): void {
    if (!this.nodes.has(from) || !this.nodes.has(to)) return;
    if (this.edges.some((edge) => edge.from === from && edge.to === to)) return;
    this.edges.push({from, to, label});
  }

  async visit(datasource: string, id: string, column: number, known?: Job): Promise<void> {
    const key = `${datasource}/${id}`;
    const isNew = this.add(key, {
      datasource, job: id, label: id, status: known?.status ?? "unknown", column});
    if (!isNew) return;
    const job = known ?? (await this.read(datasource, id));
    if (job === undefined) return;
    this.nodes.get(key)!.status = job.status;
    for (const one of job.after ?? []) {
      const from = `${one.datasource || datasource}/${one.job}`;
      await this.visit(one.datasource || datasource, one.job, column - 1);
      this.link(from, key, one.anyEnd ? "any end" : "complete");
    }
    if (job.follows) {
      const [ofFirst, first] = job.follows.split("/") as [string, string];
      await this.visit(ofFirst, first, column - 1);
      this.link(job.follows, key, "then");
    }
    if (job.parent) {
      await this.visit(datasource, job.parent, column - 1);
      this.link(`${datasource}/${job.parent}`, key, "restart");
    }
    for (const [index, one] of (job.then ?? []).entries()) {
      const place = one.datasource || datasource;
      const made = one.made === true && one.job ? one.job : "";
      const to = made === "" ? `${key}/${index}` : `${place}/${made}`;
      if (made !== "") await this.visit(place, made, column + 1);
      else {
        this.add(to, {datasource: place, job: "", label: one.function || one.job || "a job",
          status: one.refused ? "refused" : "planned", column: column + 1});
      }
      this.link(key, to, one.on ?? "then");
    }
    if (job.child) {
      await this.visit(datasource, job.child, column + 1);
      this.link(key, `${datasource}/${job.child}`, "restart");
    }
  }

  private async read(datasource: string, id: string): Promise<Job | undefined> {
    const places = new Places(this.places.rights, datasource, this.places.client);
    const path = places.job(id);
    if (path === undefined) return undefined;
    try {
      return await get<Job>(path, places.with(path), this.signal);
    } catch {
      return undefined;
    }
  }
}

function Picture({graph, here}: {graph: Graph; here: string}): JSX.Element {
  const nodes = [...graph.nodes];
  const first = Math.min(...nodes.map(([, node]) => node.column));
  const columns = Math.max(...nodes.map(([, node]) => node.column)) - first + 1;
  const rows = Math.max(...nodes.map(([, node]) => node.row)) + 1;
  const x = (node: Node): number => (node.column - first) * (WIDTH + GAP_X) + 1;
  const y = (node: Node): number => node.row * (HEIGHT + GAP_Y) + 1;
  const width = columns * (WIDTH + GAP_X) - GAP_X + 2;
  const height = rows * (HEIGHT + GAP_Y) - GAP_Y + 2;
  return (
    <svg class="flow" width={width} height={height} viewBox={`0 0 ${width} ${height}`}>
      {graph.edges.map((edge) => {
        const [from, to] = [graph.nodes.get(edge.from)!, graph.nodes.get(edge.to)!];
        const [x1, y1] = [x(from) + WIDTH, y(from) + HEIGHT / 2];
        const [x2, y2] = [x(to), y(to) + HEIGHT / 2];
        return (
          <path key={`${edge.from} ${edge.to}`} class="edge" aria-hidden="true"
            d={`M${x1} ${y1}C${x1 + GAP_X / 2} ${y1} ${x2 - GAP_X / 2} ${y2} ${x2} ${y2}`}>
            <title>{edge.label}</title>
          </path>
        );
      })}
      {nodes.map(([key, node]) => {
        const label = node.label.length > 17 ? `${node.label.slice(0, 16)}…` : node.label;
        const box = (
          <g class={key === here ? "node here" : "node"}>
            <rect x={x(node)} y={y(node)} width={WIDTH} height={HEIGHT} rx="8" />
            <circle class={`status-${node.status}`} cx={x(node) + 15} cy={y(node) + 31} r="4" />
            <text x={x(node) + 11} y={y(node) + 19}>
              {label}{label !== node.label && <title>{node.label}</title>}
            </text>
            <text class="small" x={x(node) + 25} y={y(node) + 35}>{wordOf(node.status)}</text>
          </g>
        );
        return node.job === "" || key === here ? <g key={key}>{box}</g>
          : <a key={key} href={linkTo(node.datasource, "job", node.job)}>{box}</a>;
      })}
    </svg>
  );
}

export function Flow({places, job}: {places: Places; job: Job}): JSX.Element | null {
  const isThere = hasFlow(job);
  const {value: graph} = useLoad(async (signal) => {
    const walk = new Walk(places, signal);
    if (isThere) await walk.visit(places.datasource, job.job, 0, job);
    return walk as Graph;
  }, job.job, job.status);
  if (!isThere) return null;
  return (
    <Section title="Flow">
      {job.afterGroup && <p class="hint">It waits for the group {job.afterGroup}.</p>}
      <div class="scroll graph" tabIndex={0} role="region" aria-label="Flow, a graph">
        {graph && <Picture graph={graph} here={`${places.datasource}/${job.job}`} />}
      </div>
    </Section>
  );
}
