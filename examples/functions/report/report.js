// What the jobs that this one waited for have answered is in the file that JOBQ_AFTER names.
const before = JSON.parse(require("fs").readFileSync(process.env.JOBQ_AFTER, "utf8"));
const words = before.map((job) => (job.response && job.response.words) || 0);
console.log(JSON.stringify({ pages: words.length, words: words.reduce((a, b) => a + b, 0) }));
