// A browser walks through the page: node walk.mjs [CHECK...]. page_test.py starts what it needs.
import {check, equal, launch, Tab} from "./browser.mjs";
import * as jobs from "./checks_of_jobs.mjs";
import * as rights from "./checks_of_rights.mjs";
import * as views from "./checks_of_views.mjs";
import {seed} from "./store.mjs";

const base = process.env.URL_OF_GATEWAY;
const wanted = process.argv.slice(2);
const browser = await launch();
let failed = 0;
try {
  await seed();
  for (const [name, run] of Object.entries({...views, ...jobs, ...rights})) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const context = await browser.createBrowserContext();
    const tab = await Tab.open(context, base);
    try {
      await run(tab, browser);
      equal(tab.errors, [], "errors in the browser");
      check(tab.asked.every((url) => /^(data|blob):/.test(url) || url.startsWith(base)),
        `it asked elsewhere: ${tab.asked.filter((url) => !url.startsWith(base))}`);
      check(tab.asked.every((url) => !url.includes("token=")), "a token was sent in an address");
      console.log(`passed: ${name}`);
    } catch (error) {
      failed += 1;
      console.log(`FAILED: ${name}: ${error.stack}`);
      if (tab.errors.length > 0) console.log(`errors in the browser: ${tab.errors.join("\n")}`);
      await tab.picture(`failed-${name}`).catch(() => undefined);
    }
    await context.close();
  }
} finally {
  await browser.close();
}
process.exit(failed > 0 ? 1 : 0);
