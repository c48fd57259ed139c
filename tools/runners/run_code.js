// Runs code that jobs name, for `jobq pool --run-code node`: a line of JSON for each job on standard
// input, a line with what came of it on standard output (docs/code.md). What the code prints goes
// to standard error.
'use strict';
const fs = require('fs');
const Module = require('module');
const path = require('path');
const readline = require('readline');

const MODULES_MAX = 64;
const MESSAGE_MAX = 256;  // characters, which are at most 1024 bytes
const DETAIL_MAX = 16000;

const answers = fs.openSync('/proc/self/fd/1', 'a');
fs.closeSync(1);
fs.openSync('/proc/self/fd/2', 'a');  // the lowest number that is free: 1

const modules = new Map();  // by the name of the file, which is the hash; used last is last

function exportsOf(file) {
  const name = path.basename(file);
  let found = modules.get(name);
  if (!found) {
    found = new Module(file);
    found.filename = file;
    found.paths = Module._nodeModulePaths(process.cwd());
    found._compile(fs.readFileSync(file, 'utf8'), file);
  }
  modules.delete(name);
  modules.set(name, found);
  if (modules.size > MODULES_MAX) modules.delete(modules.keys().next().value);
  return found.exports;
}

// Arguments by name are one object, the last argument.
async function call(job) {
  const names = job.method.split('.');
  const last = names.pop();
  const owner = names.reduce((value, name) => value[name], exportsOf(job.code));
  if (typeof owner[last] !== 'function') throw new TypeError(`${job.method} is no function`);
  const { args = [], kwargs = {} } = job.request;
  const named = Object.keys(kwargs).length > 0 ? [kwargs] : [];
  const value = await owner[last](...args, ...named);
  return value === undefined ? null : value;
}

function errorOf(thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = error.name.replace(/[^\x20-\x7e]/g, '').slice(0, 64) || 'Error';
  return {
    code,
    message: error.message.slice(0, MESSAGE_MAX),
    detail: String(error.stack).slice(0, DETAIL_MAX),
  };
}

async function answerTo(job) {
  Object.assign(process.env, job.env);
  try {
    const text = JSON.stringify({ response: await call(job) });
    return JSON.parse(text).response === undefined ? '{"response":null}' : text;
  } catch (error) {
    return JSON.stringify({ error: errorOf(error), outcome: 'retry' });
  } finally {
    for (const name of Object.keys(job.env)) delete process.env[name];
  }
}

// What the code leaves behind, and its wish to end, do not end the runner.
for (const event of ['uncaughtException', 'unhandledRejection']) {
  process.on(event, (error) => fs.writeSync(2, `${event}: ${error && error.stack}\n`));
}
process.exit = (code) => {
  throw new Error(`process.exit(${code})`);
};

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    fs.writeSync(answers, (await answerTo(JSON.parse(line))) + '\n');
  }
}

main();
