// Each view shows what there is, can be read by all, and offers what the token allows.
import {createHmac} from "node:crypto";
import {Validator} from "@seriousme/openapi-schema-validator";
import {check, equal} from "./browser.mjs";
import {ask, submit} from "./store.mjs";

const {UNLIMITED} = process.env;
const ALICE = "AgEFam9icWQCGWsxLkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEAAg5wYXRoID0gL3NjYW4vKgACDmNsaWVudCA9"
  + "IGFsaWNlAAAGIPR4h4tPTy-4aPiAyZ-TwDiW6bvIv4xxCBlPT90UQWNq";

export async function signing_in(tab) {
  await tab.page.goto(`${tab.base}/`);
  await tab.page.waitForSelector("form.sign-in");
  await tab.accessible("sign-in");
  await tab.fill("Token", "no token at all");
  await tab.click("button", "Sign in");
  await tab.text("That is no token.");
  // Another store's: this one says so.
  await tab.set("Token", ALICE);
  await tab.click("button", "Sign in");
  await tab.page.waitForSelector(".notice.bad");
  check((await tab.page.$("header.top")) === null, "it let a wrong token in");
  await tab.signIn(UNLIMITED);
  await tab.text("Overview", "Datasources");
  // The cookie goes on when the page is loaded anew; scripts see none of it.
  await tab.page.reload();
  await tab.text("Overview", "Datasources");
  equal(await tab.page.evaluate(() => document.cookie), "", "what scripts see of the cookie");
  equal(await tab.page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0],
    "what is stored");
  await tab.click("button", "Sign out");
  await tab.page.waitForSelector("form.sign-in");
  await tab.page.reload();
  await tab.page.waitForSelector("form.sign-in");
}

export async function overview(tab) {
  await tab.signIn(UNLIMITED);
  await tab.text("Waiting", "Oldest waiting", "there is no worker", "Ended a minute");
  equal(await tab.page.$$eval(".plot canvas", (all) => all.length), 3, "charts");
  await tab.until("no live mark", () => document.querySelector(".live-live") !== null);
  await tab.still("the overview");
  await tab.accessible("overview");
  // A job more is a number more, without being asked.
  const cell = () => tab.page.$$eval("tbody tr", (rows) => rows
    .find((row) => row.cells[0].textContent === "mail").cells[1].textContent);
  const before = Number(await cell());
  await submit(`mail-${Date.now()}`, {}, "mail");
  await tab.until("the number did not change", (old) => [...document.querySelectorAll("tbody tr")]
    .some((row) => row.cells[0].textContent === "mail"
      && Number(row.cells[1].textContent) === old + 1), before);
  await tab.click("th a", "mail");
  await tab.text("mail-1");
}

export async function functions(tab) {
  await tab.signIn(UNLIMITED, "#/d/scan/functions/ocr");
  await tab.text("Text of pages", "small ones", "Ada");
  await tab.accessible("functions");
  await tab.click("a.button", "Submit");
  await tab.text("from 1 on");
  await tab.accessible("submit");
  // What is wrong with the form the browser says, and nothing is sent.
  await tab.fill("Client", "me");
  await tab.click("button", "Submit");
  check(await tab.page.$eval("form", (form) => !form.checkValidity()), "page is not required");
  await tab.fill("page *", "7");
  await (await tab.field("language")).select("1");
  await tab.click("button", "Add to regions");
  await tab.fill("1 *", "left");
  await tab.click("button", "Submit");
  await tab.page.waitForSelector("h1.id");
  const job = await tab.page.$eval("h1.id", (it) => it.textContent);
  const made = await ask("GET", `/jobs/scan/job/${job}?withRequest=true`);
  equal(made.request, {language: "de", page: 7, regions: ["left"]}, "the request");
  equal([made.function, made.client], ["ocr", "me"], "whose it is");
  // What the store refuses is said in its words.
  await tab.go("#/d/scan/submit/ocr");
  await (await tab.field("as JSON")).click();
  await tab.fill("Client", "me");
  await tab.page.$eval("textarea", (area) => {
    area.value = '{"page": 0}';
    area.dispatchEvent(new Event("input", {bubbles: true}));
  });
  await tab.click("button", "Submit");
  await tab.text("/page", "below 1");
}

export async function schedules(tab) {
  await tab.signIn(UNLIMITED, "#/d/scan/schedules");
  await tab.text("nightly", "0 3 * * * Europe/Berlin", "Next times");
  await tab.until("not five times", () => document.querySelectorAll(".times li").length === 5);
  await tab.accessible("schedules");
  await tab.click("button", "Pause");
  await tab.text("paused");
  await tab.click("button", "Resume");
  await tab.noText("paused");
  await tab.click("button", "Run now");
  await tab.until("it made no job", () => [...document.querySelectorAll("dt")].some((one) => (
    one.textContent === "Jobs made" && one.nextSibling.textContent !== "0")));
}

export async function workers(tab) {
  await tab.signIn(UNLIMITED, "#/d/scan/workers");
  await tab.text("w1", "2.1", "page-", "busy");
  await tab.accessible("workers");
  await tab.click("section button", "Drain");
  await tab.text("draining");
  equal((await ask("GET", "/jobs/scan/workers")).workers.find((one) => one.worker === "w1").order,
    "drain", "the order");
  await tab.click("section button", "Work");
  await tab.noText("draining");
}

export async function token(tab) {
  await tab.signIn(UNLIMITED, "#/token");
  await tab.text("only until");
  await tab.accessible("token");
  await tab.text("Allowed, as far as its caveats say.");
  await tab.fill("Caveats", "path = /scan/*\nmethod = GET");
  await tab.click("button", "Make a narrower token");
  await tab.click("button", "Inspect it");
  await tab.text("only paths that begin with /scan/");
  await tab.fill("Path", "/jobs/scan/accept");
  await tab.text("Not allowed: path = /scan/*");
  // The store takes it, and it is as narrow as it says.
  await tab.page.waitForSelector("details textarea");
  const narrow = await tab.page.$eval("details textarea", (area) => area.value);
  await ask("GET", "/scan/job/list?client=me&limit=1", undefined, narrow);
  const refused = await ask("GET", "/jobs/scan/list", undefined, narrow).catch((error) => error);
  check(/path = \/scan\/\*/.test(refused.message), `it was not refused: ${refused.message}`);
}

// Both forms of a macaroon, as docs/protocol.md 4.1 has them.
export async function vectors(tab) {
  const key = createHmac("sha256", "macaroons-key-generator".padEnd(32, "\0"))
    .update(Buffer.from(Array.from({length: 32}, (_, i) => i))).digest();
  const identifier = "k1.AAAAAAAAAAAAAAAAAAAAAA";
  const signature = createHmac("sha256", key).update(identifier).digest();
  const packet = (name, value) => Buffer.concat([
    Buffer.from((name.length + value.length + 6).toString(16).padStart(4, "0") + name + " "),
    Buffer.from(value), Buffer.from("\n")]);
  const bare = [
    [packet("location", "jobqd"), packet("identifier", identifier),
      packet("signature", signature)],
    [Buffer.from([2, 1, 5]), Buffer.from("jobqd"), Buffer.from([2, identifier.length]),
      Buffer.from(identifier), Buffer.from([0, 0, 6, 32]), signature],
  ].map((parts) => Buffer.concat(parts).toString("base64url"));
  const wanted = [
    "MDAxM2xvY2F0aW9uIGpvYnFkCjAwMjlpZGVudGlmaWVyIGsxLkFBQUFBQUFBQUFBQUFBQUFBQUFBQUEKMDAxN2NpZCBwYX"
      + "RoID0gL3NjYW4vKgowMDE3Y2lkIGNsaWVudCA9IGFsaWNlCjAwMmZzaWduYXR1cmUg9HiHi09PL7ho-IDJn5PAOJbpu8"
      + "i_jHEIGU9P3RRBY2oK",
    ALICE];
  await tab.signIn(UNLIMITED, "#/token");
  await tab.click("summary", "Another token");
  for (const [index, token] of bare.entries()) {
    await tab.set("Token to look at", token);
    await tab.text("It has no caveat");
    await tab.set("Caveats", "path = /scan/*\nclient = alice");
    await tab.click("button", "Make a narrower token");
    await tab.until("no narrower token", () => [...document.querySelectorAll("textarea")]
      .some((one) => one.readOnly));
    equal(await (await tab.field("Narrower token")).evaluate((area) => area.value), wanted[index],
      `version ${index + 1}`);
  }
}

export async function paths(tab) {
  await tab.page.goto(`${tab.base}/docs`);
  await tab.text("Clients", "Operators", "/v1/{datasource}/job");
  await tab.page.$eval("details", (one) => {
    one.open = true;
  });
  await tab.text("Answers");
  await tab.accessible("docs");
  await tab.fill("Search", "redrive");
  await tab.noText("Clients");
  await tab.text("/v1/admin/{datasource}/redrive");
}

export async function heads(tab) {
  const root = await fetch(`${tab.base}/`);
  check(/default-src 'self'/.test(root.headers.get("content-security-policy")), "no policy");
  equal(root.headers.get("x-content-type-options"), "nosniff", "sniffing");
  equal(root.headers.get("referrer-policy"), "no-referrer", "referrers");
  const script = await fetch(`${tab.base}/page.js`, {headers: {"Accept-Encoding": "identity"}});
  const tag = script.headers.get("etag");
  equal(script.headers.get("content-type"), "text/javascript; charset=utf-8", "type");
  const again = await fetch(`${tab.base}/page.js`, {
    headers: {"If-None-Match": tag, "Accept-Encoding": "identity"}});
  equal([again.status, await again.text()], [304, ""], "the same again");
  const small = await fetch(`${tab.base}/page.js`, {headers: {"Accept-Encoding": "gzip"}});
  equal(small.headers.get("content-encoding"), "gzip", "encoding");
  equal(await small.text(), await script.text(), "what is within it");
  equal((await fetch(`${tab.base}/page.js`, {method: "HEAD"})).status, 200, "HEAD");
  equal((await fetch(`${tab.base}/page.js`, {method: "POST"})).status, 405, "POST");
  equal((await fetch(`${tab.base}/session`)).status, 204, "no session");
}

// By a validator that others made, of the schema that the OpenAPI Initiative publishes.
export async function document(tab) {
  const text = await (await fetch(`${tab.base}/openapi.json`)).json();
  const validator = new Validator();
  const {valid, errors} = await validator.validate(structuredClone(text));
  check(valid, JSON.stringify(errors));
  equal(validator.version, "3.1", "version");
  text.paths["/v1/status"].get.parameters = [{name: "x"}];
  equal((await validator.validate(text)).valid, false, "a parameter that is nowhere");
}
