// Requests to the gateway, with the session's cookie.
import type {Json} from "./types";

export class Problem extends Error {
  constructor(readonly code: number, detail: string, readonly field = "") {
    super(detail);
  }
}

type Query = {[name: string]: string | number | boolean | string[] | undefined};

function queryText(query: Query): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== "" && value !== false)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return parts.length > 0 ? `?${parts.join("&")}` : "";
}

export const UNASKABLE = "A browser cannot ask for what is named by dots alone.";

// A browser takes "." and ".." for directions, so that a job of that id would name another path.
export function isAskable(path: string): boolean {
  return !/\/\.{1,2}(\/|$)/.test(path);
}

export function urlOf(path: string, query: Query = {}): string {
  if (!isAskable(path)) throw new Problem(400, UNASKABLE);
  return `/v1${path}${queryText(query)}`;
}

async function problemOf(answer: Response): Promise<Problem> {
  try {
    const told = (await answer.json()) as {detail?: string; title?: string; field?: string};
    return new Problem(answer.status, told.detail ?? told.title ?? "", told.field);
  } catch {
    return new Problem(answer.status, answer.statusText);
  }
}

async function ask(url: string, options: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(url, {credentials: "same-origin", cache: "no-store", ...options});
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    throw new Problem(0, "The gateway does not answer.");
  }
  if (!answer.ok) throw await problemOf(answer);
  return answer;
}

async function bodyOf<T>(answer: Response): Promise<T> {
  return answer.status === 204 ? (undefined as T) : ((await answer.json()) as T);
}

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return bodyOf<T>(await ask(urlOf(path, query), signal ? {signal} : {}));
}

// A page of a list, and where the next one is; empty: there is none.
export async function getPage<T>(
  path: string, url: string | undefined, query: Query,
  signal: AbortSignal): Promise<{body: T; next: string}> {
  const answer = await ask(url ?? urlOf(path, query), {signal});
  const next = /<([^>]+)>; rel="next"/.exec(answer.headers.get("Link") ?? "")?.[1] ?? "";
  return {body: await bodyOf<T>(answer), next};
}

export async function post<T>(path: string, body?: Json | object, headers = {}): Promise<T> {
  return bodyOf<T>(await ask(urlOf(path), {
    method: "POST",
    headers: {"Content-Type": "application/json", ...headers},
    body: body === undefined ? null : JSON.stringify(body),
  }));
}

export interface Told {
  identifier: string;
  location: string;
  caveats: {text: string; thirdParty?: boolean; location?: string}[];
}

// What the cookie's token says, without its signature; undefined where there is none.
export async function toldSession(): Promise<Told | undefined> {
  return bodyOf<Told | undefined>(await ask("/session", {}));
}

export async function openSession(token: string): Promise<void> {
  await ask("/session", {method: "POST", headers: {Authorization: `Bearer ${token}`}});
}

export async function endSession(): Promise<void> {
  await ask("/session", {method: "DELETE"});
}
