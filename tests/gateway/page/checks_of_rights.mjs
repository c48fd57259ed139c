// What a token does not allow is not offered, and a link shows one job alone.
import {execFile} from "node:child_process";
import {promisify} from "node:util";
import {check, equal, Tab} from "./browser.mjs";
import {accept, ask, submit, tell} from "./store.mjs";

const {ANY_CLIENT, CLIENT, DRIVER, OPERATOR, UNLIMITED} = process.env;

export async function client(tab) {
  await submit("mine", {function: "mine"});
  await submit("others", {function: "mine", client: "other"});
  await tab.signIn(CLIENT);
  await tab.text("your jobs");
  await tab.accessible("overview-of-client");
  await tab.go("#/d/scan?function=mine");
  await tab.text("mine");
  await tab.noText("others");
  equal(await tab.page.$$eval(".tabs a", (all) => all.map((one) => one.textContent)),
    ["Jobs", "Functions", "Schedules", "Submit"], "what is there for a client");
  check(!(await tab.buttons()).some((word) => /Change|Pause|Drain/.test(word)), "it offers more");
  await tab.go("#/d/scan/job/mine");
  await tab.named("button", "Cancel");
  equal(await tab.buttons(".actions button"), ["Cancel", "Status link…"], "of a job");
  await tab.until("not live", () => document.querySelector(".live-live") !== null);
  const lease = await accept("mine");
  await tell(lease, {progress: {value: 0.75}});
  await tab.text("75 %");
  await tab.go("#/d/scan/job/others");
  await tab.text("403");
}

export async function operator(tab) {
  await tab.signIn(OPERATOR);
  await tab.text("Datasources", "scan", "not live");
  await tab.go("#/d/scan");
  await tab.named("button", "Pause");
  equal(await tab.page.$$eval(".tabs a", (all) => all.map((one) => one.textContent)),
    ["Schedules", "Workers"], "what is there for an operator");
  await tab.click("button", "Pause");
  await tab.named("button", "Resume");
  await tab.go("#/");
  await tab.text("is paused: no job is handed out");
  await tab.go("#/d/scan");
  await tab.click("button", "Resume");
  await tab.named("button", "Pause");
}

async function linkOf(tab, mayCancel) {
  await tab.click("button", "Status link…");
  if (mayCancel) await (await tab.field("may also cancel it")).click();
  if ((await tab.page.$("dialog textarea")) !== null) await tab.fill("Your token", CLIENT);
  await tab.click("dialog button", "Make the link");
  await tab.page.waitForSelector("textarea.link");
  return tab.page.$eval("textarea.link", (area) => area.value);
}

export async function status_link(tab, browser) {
  await submit("shown", {function: "shown"});
  await submit("hidden", {function: "shown"});
  await tab.signIn(CLIENT, "#/d/scan/job/shown");
  const link = await linkOf(tab, false);
  check(link.startsWith(`${tab.base}/#/d/scan/job/shown?token=`), link);
  await tab.accessible("status-link");

  const stranger = await browser.createBrowserContext();
  const other = await Tab.open(stranger, tab.base);
  await other.page.goto(link);
  await other.text("shown", "waiting");
  equal(new URL(other.page.url()).hash, "#/d/scan/job/shown", "what is left of the address");
  equal(await other.buttons(".actions button"), ["Status link…"], "what is offered");
  await other.accessible("status-link-opened");
  await other.until("not live", () => document.querySelector(".live-live") !== null);
  const lease = await accept("shown");
  await other.text("attempt 1", "running");
  await tell(lease, {progress: {value: 0.5}});
  await other.text("50 %");
  const codes = await other.page.evaluate(async () => Promise.all([
    "/v1/scan/job/list", "/v1/scan/job/hidden", "/v1/jobs/scan/job/shown", "/v1/admin/datasources",
  ].map(async (path) => (await fetch(path)).status)));
  equal(codes, [403, 403, 403, 403], "what else it opens");
  const cancelled = await other.page.evaluate(async () => (await fetch(
    "/v1/scan/job/shown/cancel", {method: "POST"})).status);
  equal(cancelled, 403, "a cancel by a link to look at");
  await other.go("#/");
  await other.until("it does not lead back", () => location.hash === "#/d/scan/job/shown");
  equal(other.errors, [], "errors in the other browser");
  check(other.asked.every((url) => !url.includes("token=")), "a token was sent in an address");
  await stranger.close();

  // After a reload the page has no token to narrow: it asks for it. Then one that may cancel.
  await tab.page.reload();
  const wider = await linkOf(tab, true);
  const second = await browser.createBrowserContext();
  const third = await Tab.open(second, tab.base);
  await third.page.goto(wider);
  equal(await third.named("button", "Cancel") !== null, true, "it may be cancelled");
  await third.click(".actions button", "Cancel");
  await third.click("dialog button.danger", "Cancel");
  await third.text("Cancel requested");
  check((await ask("GET", "/jobs/scan/job/shown")).cancelRequestedAt !== undefined, "no request");
  await second.close();

  // Who has a session is asked before the link's token takes its place.
  await tab.page.goto("about:blank");
  await tab.page.goto(link);
  await tab.text("The link that you opened brings a token of its own.");
  await tab.click("button", "Go on with mine");
  await tab.text("shown");
}

const SETS = [
  ["path = /scan/job/*", "client = me", "job = j1"], ["path = /scan/job/*", "status-only"],
  ["path = /jobs/scan/*", "method = GET"], ["function = ocr"], ["path = /admin/*", "rate <= 5/m"],
  ["client = me"], ["calls = /scan/*, GET /admin/*"], ["time < 2020-01-01T00:00:00Z"],
  ["foo = bar"], ["lease = 17.2"]];
const REQUESTS = [
  "GET /scan/job/list", "GET /scan/job/j1", "POST /scan/job/", "POST /scan/job/j1/cancel",
  "GET /jobs/scan/job/j1", "GET /admin/stats", "POST /admin/scan/cancel",
  "POST /admin/scan/job/j1/edit"];

// The page judges a token by its caveats as the store's own code does.
export async function same_as_jobq() {
  const {JOBQ, PAGE_MODULES} = process.env;
  if (!PAGE_MODULES) return;
  const {narrowed, readMacaroon} = await import(`${PAGE_MODULES}/macaroon.js`);
  const {Rights} = await import(`${PAGE_MODULES}/rights.js`);
  const run = promisify(execFile);
  const others = [];
  for (const set of SETS) {
    const token = await narrowed(UNLIMITED, set);
    const rights = new Rights(readMacaroon(token).caveats);
    await Promise.all(REQUESTS.map(async (request) => {
      const [method, path] = request.split(" ");
      const job = /\/job\/(j\d)/.exec(path)?.[1] ?? "";
      const isAllowed = await run(JOBQ, ["inspect", "--against", request, token])
        .then(() => true, () => false);
      if (rights.allows(method, path, job) !== isAllowed) others.push([...set, request, isAllowed]);
    }));
  }
  equal(others, [], "what the page judges otherwise than jobq inspect");
}

export async function driver(tab, browser) {
  await submit("driven", {function: "driven"});
  await tab.signIn(DRIVER, "#/d/scan?function=driven");
  await tab.text("driven");
  equal(await tab.page.$$eval(".tabs a", (all) => all.map((one) => one.textContent)),
    ["Jobs", "Functions", "Schedules", "Workers"], "what is there for a driver");
  await tab.click("th a", "driven");
  await tab.named("button", "Cancel");
  equal(await tab.buttons(".actions button"), ["Cancel", "Status link…"], "of a job");
  const link = await linkOf(tab, false);
  const stranger = await browser.createBrowserContext();
  const other = await Tab.open(stranger, tab.base);
  await other.page.goto(link);
  await other.text("driven", "waiting");
  equal(await other.buttons(".actions button"), ["Status link…"], "what is offered");
  equal(await other.page.evaluate(async () => (await fetch("/v1/jobs/scan/list")).status), 403,
    "the list");
  await stranger.close();
}

export async function any_client(tab) {
  await tab.signIn(ANY_CLIENT, "#/d/scan");
  await tab.text("This token acts for any client.");
  await tab.fill("Show the jobs of", "alice");
  await tab.click("button", "Show");
  await tab.text("page-59");
  await tab.accessible("any-client");
}
