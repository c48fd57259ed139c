// The other side: clients and workers, over the gateway's REST.
import {once} from "node:events";

const {URL_OF_GATEWAY, DRIVER, UNLIMITED} = process.env;

export async function ask(method, path, body, token = UNLIMITED) {
  const answer = await fetch(`${URL_OF_GATEWAY}/v1${path}`, {
    method,
    headers: {Authorization: `Bearer ${token}`, "Content-Type": "application/json"},
    ...(body === undefined ? {} : {body: JSON.stringify(body)}),
  });
  const told = await answer.json();
  if (!answer.ok) throw new Error(`${method} ${path}: ${JSON.stringify(told)}`);
  return told;
}

export function submit(job, fields = {}, datasource = "scan") {
  return ask("POST", `/${datasource}/job/`, {job, client: "me", request: {page: 1}, ...fields});
}

export async function accept(functionName, worker = "w1") {
  const {accepted} = await ask("POST", "/jobs/scan/accept", {
    worker, functions: [functionName], leaseMs: 600000, waitMs: 10000,
    about: {host: "box", pid: 7, version: "2.1"}}, DRIVER);
  return accepted[0];
}

export function tell(lease, outcome) {
  return ask("POST", "/jobs/scan/update", {
    job: lease.job, attempt: lease.attempt, leaseToken: lease.leaseToken, ...outcome}, DRIVER);
}

// page_test.py kills it, starts it again, and says so.
export async function restart(program) {
  const answer = once(process.stdin, "data");
  console.log(`restart ${program}`);
  await answer;
}

export const HOSTILE = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;

// What the views have to show.
export async function seed() {
  await ask("POST", "/jobs/scan/functions", {
    name: "ocr", version: "1.4", author: "Ada", tags: ["pages"],
    documentation: "# Text of pages\n\nReads the **text** of a page.\n\n- small ones\n- large ones",
    requestSchema: {type: "object", required: ["page"], properties: {
      page: {type: "integer", minimum: 1, description: "from 1 on"},
      language: {enum: ["en", "de"], default: "en"},
      options: {type: "object", properties: {sharpen: {type: "boolean"}}},
      regions: {type: "array", items: {type: "string"}}}}});
  await ask("POST", "/jobs/scan/functions", {
    name: "evil", documentation: `${HOSTILE}\n\n[x](javascript:alert(1)) \`${HOSTILE}\``,
    author: HOSTILE, requestSchema: {type: "object", properties: {
      [HOSTILE]: {type: "string", title: HOSTILE, description: HOSTILE}}}});
  const jobs = Array.from({length: 60}, (_, i) => ({
    job: `page-${i}`, client: i % 2 ? "alice" : "me", function: "ocr",
    request: {page: i + 1, lines: [1, {deep: true}]}, tags: ["night", `user=${i % 3}`]}));
  await ask("POST", "/scan/job/", {jobs});
  await submit("mail-1", {}, "mail");
  for (let i = 0; i < 12; i += 1) {
    const lease = await accept("ocr");
    await tell(lease, {log: {lines: [{level: "info", text: "opened"},
      {level: "warning", text: "it is dark"}]}});
    await tell(lease, {progress: {value: i / 12, message: `line ${i}`}});
    if (i < 6) await tell(lease, {complete: {text: "hello", words: [1, 2]}});
    else if (i < 8) await tell(lease, {fail: {code: "torn", message: "torn", detail: "a\nb"}});
    else if (i < 9) await tell(lease, {retry: {error: {code: "busy"}, delayMs: 600000}});
  }
  await submit("book", {function: "index", after: [{job: "page-58"}, {job: "page-56"}],
    then: [{on: "complete", datasource: "mail", function: "mail"}]});
  await ask("POST", "/scan/job/schedules/nightly", {cron: "0 3 * * *", zone: "Europe/Berlin",
    job: {client: "me", function: "ocr", request: {page: 1}}});
}

export async function hostileJob() {
  await submit("evil", {function: "evil", request: {[HOSTILE]: HOSTILE},
    tags: ["a=//x:y@z"], group: "g"});
  const lease = await accept("evil", "w/=@:+");
  await tell(lease, {log: {lines: [{level: "error", text: HOSTILE}]}});
  await tell(lease, {progress: {value: 0.5, message: HOSTILE}});
  return lease;
}
