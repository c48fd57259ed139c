// What a token allows, by its caveats: so much the page can know by itself, and what it does not
// allow is not offered. The store judges every request again.
import type {Caveat} from "./macaroon";

export type Method = "GET" | "POST";

function covers(pattern: string, path: string): boolean {
  if (!pattern.endsWith("*")) return pattern === path;
  const begin = pattern.slice(0, -1);
  return path.length > begin.length && path.startsWith(begin);
}

export function timeOf(value: string): number {
  return /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value);
}

function valueOf(caveat: string): [string, string] {
  const found = /^([a-z-]+) (?:=|<=?) (.*)$/s.exec(caveat);
  return found ? [found[1]!, found[2]!] : [caveat, ""];
}

function callCovers(call: string, method: Method, path: string): boolean {
  const [first, second] = call.split(" ") as [string, string | undefined];
  return second === undefined ? covers(first, path) : first === method && covers(second, path);
}

// What makes or changes jobs without being held to limits of the token, and what is the store's.
function isUncounted(method: Method, path: string): boolean {
  if (/^\/admin\/(stats|tokens|keys|backups)\b/.test(path)) return true;
  return method === "POST" && path.startsWith("/admin/") && !/\/job\/[^/]+\/edit$/.test(path);
}

const COUNTED = ["priority", "bytes", "waiting", "running", "valid-for", "rate"];
const WORDS = [
  "accept", "admin", "backups", "cancel", "cat", "code", "config", "count", "datasources", "jobs",
  "keys", "pause", "resume", "stats", "status", "sub", "tokens", "uptime", "workers"];

export class Rights {
  readonly client: string = "";
  readonly job: string = "";
  readonly functions: string[] = [];
  readonly expires: number = Infinity;
  readonly hasBudget: boolean;
  private readonly all: [string, string][];

  constructor(readonly caveats: Caveat[]) {
    this.all = caveats.filter((one) => !one.thirdParty).map((one) => valueOf(one.text));
    for (const [word, value] of this.all) {
      if (word === "client") this.client = value;
      if (word === "job") this.job = value;
      if (word === "function") this.functions.push(value);
      if (word === "time") this.expires = Math.min(this.expires, timeOf(value));
    }
    this.hasBudget = this.all.some(([word]) => COUNTED.includes(word));
  }

  // `path` is as the store has it; `job` the one job that the request is about.
  allows(method: Method, path: string, job = ""): boolean {
    const isOfOperator = path.startsWith("/admin/");
    const isOfDriver = path.startsWith("/jobs/") || path === "/cat";
    if (this.client !== "" && (isOfOperator || isOfDriver)) return false;
    return this.all.every(([word, value]) => {
      switch (word) {
        case "path": return covers(value, path);
        case "method": return value === method;
        case "calls": return value.split(", ").some((call) => callCovers(call, method, path));
        case "job": return value === job;
        case "status-only": return method === "GET";
        case "time": return timeOf(value) > Date.now();
        case "client": case "target": case "acting": return true;
        default:
          return (word === "function" || COUNTED.includes(word)) && !isUncounted(method, path);
      }
    });
  }

  // The first of these paths that is covered.
  first(method: Method, paths: string[], job = ""): string | undefined {
    return paths.find((path) => this.allows(method, path, job));
  }

  // The datasources that its paths name.
  datasources(): string[] {
    const found = new Set<string>();
    for (const [word, value] of this.all) {
      if (word !== "path" && word !== "calls") continue;
      for (const pattern of value.matchAll(/(?:^|[ ,])\/(?:jobs\/|admin\/)?([^/*, ]+)\//g)) {
        if (!WORDS.includes(pattern[1]!)) found.add(pattern[1]!);
      }
    }
    return [...found];
  }
}

// The caveat for people.
export function explain(caveat: Caveat): string {
  if (caveat.thirdParty) return `only with the word of ${caveat.location || "a third party"}`;
  const [word, value] = valueOf(caveat.text);
  switch (word) {
    case "path":
      return value.endsWith("*") ? `only paths that begin with ${value.slice(0, -1)}`
        : `only the path ${value}`;
    case "method": return `only ${value} requests`;
    case "target": return `only at the store ${value}`;
    case "client": return `only as the client ${value}`;
    case "time": return `only until ${new Date(timeOf(value)).toLocaleString()}`;
    case "job": return `only what is about the job ${value}`;
    case "status-only": return "only reading and watching";
    case "lease": return `only the lease ${value}`;
    case "calls": return `only the requests ${value}`;
    case "acting": return `only while the attempt ${value} has its lease`;
    case "curve": return "only over connections with one key";
    case "observe": return `only observing ${value}`;
    case "function":
      return value.endsWith("*") ? `only functions that begin with ${value.slice(0, -1)}`
        : `only the function ${value}`;
    case "priority": return `only jobs of priority ${value} or less`;
    case "bytes": return `only requests of at most ${value} bytes`;
    case "waiting": return `at most ${value} jobs waiting at once`;
    case "running": return `at most ${value} jobs running at once`;
    case "valid-for": return `only jobs that wait for ${value} at most`;
    case "rate": return `at most ${value.replace("/", " jobs in each ")}`;
    default: return "nothing: the page does not know this caveat";
  }
}
