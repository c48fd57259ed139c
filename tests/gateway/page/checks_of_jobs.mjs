// Jobs as they go: lists and a job follow by events, without being asked; what may be done is done.
import {check, equal} from "./browser.mjs";
import {accept, ask, HOSTILE, hostileJob, restart, submit, tell} from "./store.mjs";

const {UNLIMITED} = process.env;

function rowIs(job, ...words) {
  return [(name, all) => [...document.querySelectorAll("tbody tr")].some((row) => (
    row.cells[0].textContent === name && all.every((word) => row.innerText.includes(word)))),
  job, words];
}

export async function list_live(tab) {
  await tab.signIn(UNLIMITED, "#/d/scan");
  await tab.until("not live", () => document.querySelector(".live-live") !== null);
  await tab.text("page-59");
  await tab.accessible("jobs");
  // Nothing happens: nothing is asked.
  await tab.page.evaluate(() => new Promise((done) => {
    setTimeout(done, 800);
  }));
  await tab.page.evaluate(() => window.shifts.splice(0));
  const before = tab.asked.length;
  await tab.page.evaluate(() => new Promise((done) => {
    setTimeout(done, 1200);
  }));
  equal(tab.asked.slice(before), [], "what was asked while nothing happened");
  await submit("live-1", {function: "live"});
  await tab.until("it did not come", ...rowIs("live-1", "waiting"));
  const lease = await accept("live");
  await tab.until("it does not run", ...rowIs("live-1", "running"));
  await tell(lease, {progress: {value: 0.5, message: "half"}});
  await tab.still("the list");
  await tab.until("no progress", () => [...document.querySelectorAll("tbody progress")]
    .some((one) => one.value === 0.5));
  await tell(lease, {complete: {done: true}});
  await tab.until("it did not end", ...rowIs("live-1", "complete"));
}

// The browser's own reader of the stream: whatever is killed in between, it hears of each event once.
export async function without_a_gap(tab) {
  await tab.signIn(UNLIMITED, "#/d/scan");
  await tab.until("not live", () => document.querySelector(".live-live") !== null);
  await tab.page.evaluate((name) => {
    window.heard = [];
    const source = new EventSource("/v1/jobs/gap/events?after=0");
    source.addEventListener(name, (message) => {
      window.heard.push(JSON.parse(message.data).sequence);
    });
  }, "submitted");
  for (const [number, program] of ["", "gateway", "store", "gateway"].entries()) {
    if (program !== "") await restart(program);
    await submit(`gap-${number}`, {}, "gap");
    await submit(`gap-${number}-more`, {}, "gap");
    await tab.until("an event did not come", (count) => window.heard.length >= count,
      2 * number + 2);
  }
  equal(await tab.page.evaluate(() => window.heard), [1, 2, 3, 4, 5, 6, 7, 8], "what was heard");
  // And so does the list.
  await submit("after-restart", {function: "gap"});
  await tab.until("it did not come", ...rowIs("after-restart", "waiting"));
  await tab.page.type("input[name=job]", "after-restart");
  await tab.page.keyboard.press("Enter");
  await tab.page.waitForSelector("h1.id");
}

export async function filters_by_keyboard(tab) {
  await tab.signIn(UNLIMITED, "#/d/scan");
  await tab.text("page-59");
  const box = await tab.field("failed");
  await box.focus();
  await tab.page.keyboard.press("Space");
  await tab.until("the address does not say so", () => location.hash.includes("statuses=failed"));
  await tab.until("others are there", () => {
    const all = [...document.querySelectorAll("tbody tr .badge")].map((one) => one.textContent);
    return all.length === 2 && all.every((word) => word === "failed");
  });
  await tab.page.goBack();
  await tab.text("page-59");
  await (await tab.named("summary", "More filters")).focus();
  await tab.page.keyboard.press("Enter");
  await tab.fill("Client", "alice");
  await tab.page.keyboard.press("Enter");
  await tab.until("not alice's alone", () => location.hash.includes("client=alice")
    && document.querySelectorAll("tbody tr").length === 30);
  // Pages: fifty, and the rest.
  await tab.go("#/d/scan?function=ocr");
  await tab.click("button", "Next");
  await tab.text("Page 2", "page-3");
  await tab.click("button", "Back");
  await tab.text("Page 1", "page-59");
}

export async function bulk(tab) {
  const names = ["bulk-1", "bulk-2", "bulk-3"];
  for (const name of names) await submit(name, {function: "bulk"});
  await tab.signIn(UNLIMITED, "#/d/scan?function=bulk");
  await tab.text("3 jobs");
  await tab.click("button", "Change all of these…");
  await tab.page.waitForSelector("dialog[open]");
  await tab.accessible("bulk");
  check((await tab.page.$$eval("dialog button", (all) => all
    .some((one) => one.textContent === "Cancel" && one.disabled))), "it may be done unseen");
  await tab.click("dialog button", "Dry run");
  await tab.text("3 jobs would change");
  equal((await ask("GET", "/jobs/scan/job/bulk-1")).status, "submitted", "after the dry run");
  await tab.click("dialog button", "Cancel 3");
  await tab.text("3 jobs changed, all done.");
  await tab.page.keyboard.press("Escape");
  await tab.until("they are not cancelled", () => [...document.querySelectorAll("tbody .badge")]
    .filter((one) => one.textContent === "cancelled").length === 3);
}

export async function job_live(tab) {
  await submit("job-1", {function: "watched", request: {pages: [1, 2], title: "book"}});
  await tab.signIn(UNLIMITED, "#/d/scan/job/job-1");
  await tab.text("waiting", "come first", "title");
  const lease = await accept("watched");
  await tab.text("attempt 1", "running");
  await tell(lease, {log: {lines: [{level: "info", text: "line one"}]}});
  await tell(lease, {progress: {value: 0.25, message: "a quarter"}});
  await tab.text("line one", "a quarter", "25 %");
  await tab.still("the job");
  await tab.accessible("job");
  await tell(lease, {retry: {error: {code: "busy", message: "scanner is busy"}, delayMs: 3600000}});
  await tab.text("retrying", "scanner is busy");
  await tab.click("button", "Run now");
  const second = await accept("watched");
  await tell(second, {complete: {words: ["a", "b"]}});
  await tab.text("complete", "attempt 2", "Response", "ended");
  await tab.accessible("job-ended");
  equal(await tab.buttons(".actions button"), ["Restart", "Submit again", "Remove", "Status link…"],
    "what is offered of a job that has ended");
  await tab.click("button", "Restart");
  await tab.until("not the new one", () => document.querySelector("h1.id")?.textContent !== "job-1");
  await tab.text("Restart of", "job-1");
}

export async function flow(tab) {
  await tab.signIn(UNLIMITED, "#/d/scan/job/book");
  await tab.text("Flow", "it waits for");
  await tab.until("not four jobs", () => document.querySelectorAll("svg.flow .node").length === 4);
  await tab.accessible("flow");
  await (await tab.named("svg.flow a", "page-58waiting")).evaluate((link) => link.focus());
  await tab.page.keyboard.press("Enter");
  await tab.until("not there", () => document.querySelector("h1.id").textContent === "page-58");
}

export async function cancel_by_keyboard(tab) {
  await submit("stop-1", {function: "stop"});
  await tab.signIn(UNLIMITED, "#/d/scan/job/stop-1");
  await (await tab.named(".actions button", "Cancel")).focus();
  await tab.page.keyboard.press("Enter");
  await tab.page.waitForSelector("dialog[open]");
  await tab.accessible("cancel");
  check(await tab.page.evaluate(() => document.activeElement.closest("dialog") !== null),
    "the focus is not in the dialog");
  await tab.page.keyboard.press("Escape");
  await tab.until("it is open", () => document.querySelector("dialog[open]") === null);
  equal((await ask("GET", "/jobs/scan/job/stop-1")).status, "submitted", "after Escape");
  await tab.click(".actions button", "Cancel");
  await tab.page.waitForSelector("dialog[open]");
  await (await tab.named("dialog button.danger", "Cancel")).focus();
  await tab.page.keyboard.press("Enter");
  await tab.text("cancelled");
  equal((await ask("GET", "/jobs/scan/job/stop-1")).status, "cancelled", "after Enter");
}

export async function edit(tab) {
  await submit("edit-1", {function: "edit"});
  await tab.signIn(UNLIMITED, "#/d/scan/job/edit-1");
  await tab.click("button", "Edit");
  await tab.fill("Priority", "90");
  await tab.page.$eval("dialog textarea", (area) => {
    area.value = '{"page": 2}';
    area.dispatchEvent(new Event("input", {bubbles: true}));
  });
  await tab.click("dialog button", "Save");
  await tab.until("it is as it was", () => document.querySelector("dialog") === null
    && [...document.querySelectorAll("dd")].some((one) => one.textContent === "90"));
  const job = await ask("GET", "/jobs/scan/job/edit-1?withRequest=true");
  equal([job.priority, job.request], [90, {page: 2}], "the job");
}

// What is hostile is text, wherever it stands.
export async function hostile_text(tab) {
  const lease = await hostileJob();
  await tab.signIn(UNLIMITED, "#/d/scan/job/evil");
  await tab.text(HOSTILE, "50 %");
  await tab.until("not in the log", (text) => document.querySelector(".log")?.innerText
    .includes(text), HOSTILE);
  await tab.accessible("hostile");
  await tell(lease, {fail: {code: "x", message: HOSTILE, detail: HOSTILE}});
  await tab.until("not in the error", (text) => document.querySelector("pre")?.innerText === text,
    HOSTILE);
  await tab.go("#/d/scan?function=evil");
  await tab.text("a=//x:y@z");
  // A name that a browser would take for a way up is asked for nowhere.
  await submit("..", {function: "evil"});
  await tab.click("th a", "..");
  await tab.text("named by dots alone");
  check((await tab.buttons(".actions button")).length === 0, "it may be changed");
  await tab.go("#/d/scan/functions/evil");
  await tab.text(HOSTILE, "[x](javascript:alert(1))");
  await tab.go("#/d/scan/submit/evil");
  await tab.until("not in the form", (text) => document.querySelector("fieldset")?.innerText
    .includes(text), HOSTILE);
  await tab.go("#/d/scan/workers");
  await tab.text("w/=@:+");
  await tab.go(`#/d/${encodeURIComponent(HOSTILE)}/job/${encodeURIComponent(HOSTILE)}?x=${
    encodeURIComponent(HOSTILE)}`);
  await tab.text(HOSTILE);
  check(await tab.page.evaluate(() => window.hacked === undefined
    && document.querySelector("img[src='x'], main script, a[href^='javascript']") === null),
  "hostile text is more than text");
}
