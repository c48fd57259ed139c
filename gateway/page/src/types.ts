// What the gateway answers, as far as the page looks at it. Names as in schema/protocol.capnp.
export type Status =
  | "submitted" | "accepted" | "retrying" | "complete" | "failed" | "cancelled" | "forbidden";
export const STATUSES: Status[] = [
  "submitted", "retrying", "accepted", "complete", "failed", "cancelled", "forbidden"];
export const FINAL: readonly Status[] = ["complete", "failed", "cancelled", "forbidden"];

export type Json = null | boolean | number | string | Json[] | {[name: string]: Json};

export interface JobError {
  code: string;
  message?: string;
  detail?: string;
}

export interface Awaited {
  datasource?: string;
  job: string;
  anyEnd?: boolean;
  status?: Status;
}

export interface FollowUp {
  on?: string;
  datasource?: string;
  function?: string;
  job?: string;
  made?: boolean;
  refused?: string;
  then?: FollowUp[];
}

export interface Attempt {
  attempt: number;
  worker: string;
  acceptedAt: string;
  endedAt: string;
  ending: string;
  error?: JobError | null;
}

export interface Job {
  job: string;
  client: string;
  status: Status;
  sequence: number;
  changed: number;
  priority: number;
  attempt: number;
  lostLeases?: number;
  failures?: number;
  releases?: number;
  worker?: string;
  submittedAt: string;
  acceptedAt?: string;
  leaseUntil?: string;
  finishedAt?: string;
  startedAt?: string;
  response?: Json;
  error?: JobError | null;
  function?: string;
  tags?: string[];
  notBefore?: string;
  expiresAt?: string;
  attemptUntil?: string;
  progress?: number;
  progressMessage?: string;
  cancelRequestedAt?: string;
  cancelUntil?: string;
  parent?: string;
  child?: string;
  logLines?: number;
  requestBytes?: number;
  terms?: {[name: string]: Json};
  request?: Json;
  trace?: string;
  attempts?: Attempt[];
  after?: Awaited[];
  key?: string;
  unique?: string;
  isSlow?: boolean;
  isStalled?: boolean;
  then?: FollowUp[];
  follows?: string;
  group?: string;
  afterGroup?: string;
}

export interface JobPage {
  jobs: Job[];
  cursor?: number;
  total?: number;
}

export interface LogLine {
  number: number;
  time: string;
  attempt: number;
  level: "debug" | "info" | "warning" | "error";
  text: string;
}

export interface JobEvent {
  event: string;
  sequence: number;
  job: string;
  status: Status;
  time: string;
  attempt: number;
  worker?: string;
  error?: JobError | null;
  progress?: number;
  message?: string;
  log?: LogLine | null;
  detail?: string;
  jobs?: Job[];
}

export interface Counters {
  submitted: number;
  complete: number;
  failed: number;
  cancelled: number;
  forbidden: number;
  slow: number;
  stalled: number;
}

export interface Datasource {
  datasource: string;
  mode: string;
  ready: number;
  delayed: number;
  running: number;
  finished: number;
  clients: number;
  workersWaiting: number;
  oldestReadyAt?: string;
  total: Counters;
}

export interface HistoryRow {
  at: string;
  submitted: number;
  started: number;
  complete: number;
  failed: number;
  cancelled: number;
  forbidden: number;
  waiting: number;
  running: number;
  waitP50Ms: number;
  waitP95Ms: number;
  runP50Ms: number;
  runP95Ms: number;
}

export interface Worker {
  worker: string;
  heardAt: string;
  isWaiting: boolean;
  running: number;
  leases: {job: string; attempt: number; function?: string; acceptedAt: string;
    leaseUntil: string; progress: number}[];
  state: string;
  order: string;
  about?: {host?: string; pid?: number; startedAt?: string; version?: string; threads?: number};
  functions?: string[];
  labels?: string[];
}

export interface FunctionStatus {
  function: {
    name: string;
    version?: string;
    documentation?: string;
    author?: string;
    tags?: string[];
    priority?: number;
    requestSchema?: Json;
    responseSchema?: Json;
    calls?: {method?: string; path: string}[];
  };
  registeredAt: string;
  changedAt: string;
  cost: number;
  quota?: {left: number; leftAt?: string} | null;
}

export interface Schedule {
  name: string;
  schedule: {cron?: string; zone?: string; everyMs?: number; catchUp?: string; overlap?: string;
    jitterMs?: number; job?: {function?: string; client?: string; request?: Json}};
  nextAt?: string;
  isPaused: boolean;
  pausedWhy?: string;
  runs: number;
  lastJob?: string;
  lastAt?: string;
  lastStatus?: string;
  skippedAt?: string;
  skippedWhy?: string;
  times?: ({at: string} | string)[];
}

export interface Explanation {
  status: Status;
  reasons: {kind: string; text: string; until?: string; count?: number}[];
  earliest?: string;
}

export interface BulkStep {
  count: number;
  jobs: Job[];
  cursor?: number;
  last: number;
}
