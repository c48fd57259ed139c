// Which path of the store serves a question about a datasource, by what the token covers: that of
// drivers, who see all clients' jobs, before that of clients.
import {isAskable} from "./api";
import type {Method, Rights} from "./rights";

export class Places {
  constructor(
    readonly rights: Rights, readonly datasource: string, private readonly chosenClient: string) {}

  // On the paths of clients; a token that is pinned needs no word.
  get client(): string {
    return this.rights.client === "" ? this.chosenClient : "";
  }

  private pick(method: Method, job: string, ...paths: string[]): string | undefined {
    return this.rights.first(method, paths.filter(isAskable), job);
  }

  // Parameters and fields that go with a path.
  with(path: string | undefined): {client?: string} {
    const isOfClient = path !== undefined && path.startsWith(`/${this.datasource}/job`);
    return isOfClient && this.client !== "" ? {client: this.client} : {};
  }

  list(): string | undefined {
    return this.pick("GET", "", `/jobs/${this.datasource}/list`, `/${this.datasource}/job/list`);
  }
  // Of many jobs: tokens for some functions or one job may not.
  events(): string | undefined {
    if (this.rights.functions.length > 0) return undefined;
    return this.pick(
      "GET", "", `/jobs/${this.datasource}/events`, `/${this.datasource}/job/events`);
  }
  job(job: string, part = "", method: Method = "GET"): string | undefined {
    const end = `/job/${job}${part === "" ? "" : `/${part}`}`;
    return this.pick(method, job, `/jobs/${this.datasource}${end}`, `/${this.datasource}${end}`);
  }
  submit(): string | undefined {
    return this.pick("POST", "", `/${this.datasource}/job/`);
  }
  functions(): string | undefined {
    return this.pick(
      "GET", "", `/jobs/${this.datasource}/functions`, `/${this.datasource}/job/functions`);
  }
  schedules(): string | undefined {
    return this.pick("GET", "", `/jobs/${this.datasource}/schedules`,
      `/admin/${this.datasource}/schedules`, `/${this.datasource}/job/schedules`);
  }
  schedule(name: string, part: string): string | undefined {
    if (part === "") {
      return this.pick("GET", "", `/jobs/${this.datasource}/schedules/${name}`,
        `/admin/${this.datasource}/schedules/${name}`,
        `/${this.datasource}/job/schedules/${name}`);
    }
    const own = `/${this.datasource}/job/schedules/${name}/${part}`;
    if (part === "run") return this.pick("POST", "", own);
    return this.pick("POST", "", `/admin/${this.datasource}/schedules/${name}/${part}`, own);
  }
  // stats, history, workers, config
  about(part: string): string | undefined {
    return this.pick("GET", "", `/jobs/${this.datasource}/${part}`,
      `/admin/${this.datasource}/${part}`);
  }
  // cancel, edit, remove, restart, pause, resume, drain, workers
  admin(part: string, job = ""): string | undefined {
    const end = job === "" ? part : `job/${job}/${part}`;
    return this.pick("POST", job, `/admin/${this.datasource}/${end}`);
  }
}
