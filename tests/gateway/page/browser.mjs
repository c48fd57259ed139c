// A browser of the test's own, and what all checks need of a page.
import {readFileSync} from "node:fs";
import {createRequire} from "node:module";
import {join} from "node:path";
import puppeteer from "puppeteer-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const LONG = 30000; // longer than anything takes that works
const WIDE = {width: 1280, height: 860};
const PHONE = {width: 390, height: 844};
const LOOKS = [[WIDE, "light"], [WIDE, "dark"], [PHONE, "light"], [PHONE, "dark"]];

export async function launch() {
  return puppeteer.launch({
    executablePath: process.env.CHROMIUM,
    headless: true,
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en-GB"],
  });
}

export function equal(got, wanted, what) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`);
}

export function check(is, what) {
  if (!is) throw new Error(what);
}

// A page that remembers what went wrong in it.
export class Tab {
  static async open(context, base) {
    const tab = new Tab();
    tab.base = base;
    tab.errors = [];
    tab.asked = [];
    tab.page = await context.newPage();
    tab.page.setDefaultTimeout(LONG);
    tab.page.on("pageerror", (error) => tab.errors.push(error.message));
    tab.page.on("console", (line) => {
      // A refusal that the page asked for is none of its errors; a broken policy is one.
      if (line.type() === "error" && !/Failed to load resource/.test(line.text())) {
        tab.errors.push(line.text());
      }
    });
    tab.page.on("request", (request) => tab.asked.push(request.url().split("#")[0]));
    await tab.page.evaluateOnNewDocument(() => {
      window.shifts = [];
      new PerformanceObserver((list) => window.shifts.push(...list.getEntries()
        .filter((one) => !one.hadRecentInput)
        .map((one) => [one.value, ...one.sources.map((source) => source.node?.className)])))
        .observe({type: "layout-shift", buffered: true});
    });
    await tab.look(WIDE, "light");
    return tab;
  }

  async look(size, scheme) {
    await this.page.emulateMediaFeatures([
      {name: "prefers-color-scheme", value: scheme},
      {name: "prefers-reduced-motion", value: "reduce"}]);
    await this.page.setViewport(size);
  }
  go(fragment) {
    return this.page.evaluate((to) => {
      location.hash = to;
    }, fragment);
  }
  // Until it is so; `what` says what was waited for in vain.
  async until(what, test, ...parameters) {
    try {
      await this.page.waitForFunction(test, {polling: 50}, ...parameters);
    } catch {
      const text = await this.page.evaluate(() => document.body.innerText);
      throw new Error(`${what}; the page has:\n${text.slice(0, 1500)}`);
    }
  }
  text(...words) {
    return this.until(`no ${words.join(", ")}`, (all) => (
      all.every((word) => document.body.innerText.includes(word))), words);
  }
  noText(word) {
    return this.until(`still ${word}`, (it) => !document.body.innerText.includes(it), word);
  }
  // A button or link by what it says.
  async named(selector, name) {
    const find = (where, what) => [...document.querySelectorAll(where)].find((one) => (
      (one.getAttribute("aria-label") ?? one.textContent).trim() === what));
    await this.until(`no ${selector} ${name}`, (where, what) => (
      [...document.querySelectorAll(where)].some((one) => (
        !one.disabled && (one.getAttribute("aria-label") ?? one.textContent).trim() === what))),
    selector, name);
    return (await this.page.evaluateHandle(find, selector, name)).asElement();
  }
  async click(selector, name) {
    await (await this.named(selector, name)).click();
  }
  // The buttons that are offered.
  buttons(selector = "main button, main a.button") {
    return this.page.$$eval(selector, (all) => all.map((one) => one.textContent.trim()));
  }
  async field(label) {
    await this.until(`no field ${label}`, (wanted) => (
      [...document.querySelectorAll("label")].some((one) => one.textContent.includes(wanted))),
    label);
    const found = await this.page.evaluateHandle((wanted) => (
      [...document.querySelectorAll("label")].find((one) => one.textContent.includes(wanted))
        .querySelector("input, select, textarea")), label);
    return found.asElement();
  }
  async fill(label, text) {
    const field = await this.field(label);
    await field.click({clickCount: 3});
    await field.type(text);
  }
  // As pasted.
  async set(label, text) {
    await (await this.field(label)).evaluate((area, value) => {
      area.value = value;
      area.dispatchEvent(new Event("input", {bubbles: true}));
    }, text);
  }
  async signIn(token, fragment = "") {
    await this.page.goto(`${this.base}/${fragment}`);
    await this.page.waitForSelector("form.sign-in");
    await this.set("Token", token);
    await this.click("button", "Sign in");
    await this.page.waitForSelector("header.top");
  }
  // Whether what was there stayed where it was since the last call.
  async still(what) {
    const shifts = await this.page.evaluate(() => window.shifts.splice(0));
    const sum = shifts.reduce((all, [value]) => all + value, 0);
    check(sum < 0.1, `${what} jumped by ${sum}: ${JSON.stringify(shifts)}`);
  }
  // No violation in any look, nothing wider than the screen; with pictures.
  async accessible(name) {
    await this.page.evaluate(() => document.fonts.ready);
    for (const [size, scheme] of LOOKS) {
      await this.look(size, scheme);
      // Not as a script of the page, whose policy would shut it out.
      if (!(await this.page.evaluate(() => "axe" in window))) await this.page.evaluate(AXE);
      const wrong = await this.page.evaluate(async (isDark) => {
        const told = await window.axe.run(document, {resultTypes: ["violations"],
          ...(isDark ? {runOnly: ["color-contrast"]} : {})});
        const wide = document.documentElement.scrollWidth > innerWidth
          ? [`${document.documentElement.scrollWidth} wide`] : [];
        return [...wide, ...told.violations.map((one) => `${one.id}: ${one.help}: ${
          one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | ")}`)];
      }, scheme === "dark");
      if (wrong.length > 0) {
        throw new Error(`${name}, ${scheme}, ${size.width}: ${wrong.join("\n  ")}`);
      }
    }
    await this.picture(`${name}-390-dark`);
    await this.look(WIDE, "light");
    await this.picture(name);
  }
  picture(name) {
    return this.page.screenshot({path: join(process.env.PICTURES, `${name}.png`)});
  }
}
