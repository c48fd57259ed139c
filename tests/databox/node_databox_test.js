// A driver and apps that use npm's node-databox, as it is, with a store and a double of databox's
// arbiter. This process is the container manager first, and then an app; NODE is the directory with
// the package and the examples.
'use strict'
const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, test } = require('node:test')
const { randomInt, randomUUID } = require('node:crypto')

const { JOBQD, ARBITER, NODE } = process.env
const PATIENCE = 30_000

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'jobq-node-'))
// Clients find 5556 by 5555, so that what varies is the address.
const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`
const endpoint = `tcp://${address}:5555`
const arbiterEndpoint = `tcp://${address}:4444`
const keys = { store: 'key-of-the-store', driver: 'key-of-the-driver', app: 'key-of-the-app' }
const running = []
let app, askArbiter, store

// Fails where it takes too long, as node-databox itself never does.
function soon(what, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing in ${PATIENCE} ms`)), PATIENCE)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

// A program, once it has said so.
async function start(said, program, words, env = {}) {
  const child = spawn(program, words, { env: { ...process.env, ...env } })
  running.push(child)
  child.out = ''
  child.ended = new Promise((resolve) => child.on('exit', (code) => resolve(code)))
  const begun = new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (text) => {
        child.out += text
        if (child.out.includes(said)) resolve()
      })
    }
    child.ended.then((code) => reject(new Error(`${program} ended with ${code}:\n${child.out}`)))
  })
  await soon(program, begun)
  return child
}

async function end(child, signal = 'SIGTERM') {
  child.kill(signal)
  return soon('the end', child.ended)
}

function startStore() {
  const place = (name) => path.join(scratch, name)
  const words = ['--data', place('data'), '--databox-secrets', place('store')]
  for (const [option, port] of Object.entries(
    { request: 5555, observe: 5556, status: 5557, driver: 5558 })) {
    words.push(`--${option}`, `tcp://${address}:${port}`)
  }
  return start('\nready', JOBQD, words, { DATABOX_LOCAL_NAME: address })
}

// As databox's container manager starts a part: with its name, and the secrets of its own.
function startPart(said, name, script, words = [], env = {}) {
  return start(said, process.execPath, [path.join(NODE, script), ...words], {
    ARBITER_TOKEN: keys[name],
    DATABOX_LOCAL_NAME: name,
    NODE_OPTIONS: `--require ${path.join(__dirname, 'host_name.js')}`,
    ...env
  })
}

before(async () => {
  const secrets = path.join(scratch, 'arbiter')
  await start('\nready', ARBITER, ['--endpoint', arbiterEndpoint, '--secrets', secrets,
    '--part', 'store', address, keys.store, '--part', 'driver', 'driver', keys.driver,
    '--part', 'app', 'app', keys.app, '--part', 'app', 'container-manager', 'none'])
  const secret = (name) => fs.readFileSync(path.join(secrets, name), 'utf8')

  fs.mkdirSync(path.join(scratch, 'store'))
  for (const name of ['ZMQ_PUBLIC_KEY', 'ZMQ_SECRET_KEY']) {
    fs.copyFileSync(path.join(secrets, name), path.join(scratch, 'store', name))
  }
  fs.writeFileSync(path.join(scratch, 'store', 'ARBITER_TOKEN'), `${keys.store}\n`)

  Object.assign(process.env, {
    DATABOX_LOCAL_NAME: 'app',
    DATABOX_ARBITER_ENDPOINT: arbiterEndpoint,
    CORE_STORE_KEY: secret('ZMQ_PUBLIC_KEY'),
    ARBITER_TOKEN: keys.app
  })
  require('./host_name.js')
  const zest = require('node-databox/lib/zest.js')
  const databox = require('node-databox')
  store = await startStore()

  // As the container manager does it, with what an SLA grants.
  const arbiter = zest(arbiterEndpoint, '', process.env.CORE_STORE_KEY, false)
  askArbiter = (question, json) =>
    soon(question, arbiter.Post(secret('CM_KEY'), question, json, 'JSON'))
  const grant = (name, granted, methods) => Promise.all(methods.map((method) => askArbiter(
    '/cm/grant-container-permissions',
    { name, route: { target: address, path: granted, method }, caveats: [] })))
  await grant('container-manager', '/cat', ['GET'])
  await grant('driver', '/*', ['GET', 'POST', 'DELETE'])
  await grant('app', '/kv/words', ['GET', 'POST'])
  await grant('app', '/kv/words/*', ['GET', 'POST'])

  await startPart('registered', 'driver', 'driver.js', [], { DATABOX_ZMQ_ENDPOINT: endpoint })
  app = databox.NewStoreClient(endpoint, arbiterEndpoint, false)
})

after(async () => {
  for (const child of running.reverse()) if (child.exitCode === null) await end(child)
  fs.rmSync(scratch, { recursive: true })
})

// Of a new client, whose jobs have names that nobody else has.
const newJob = (request, more = {}) =>
  ({ job: randomUUID(), client: randomUUID(), request, ...more })
const submit = async (job) => JSON.parse(await soon('submit', app.KV.Write('words', 'job', job)))
const read = (key) => soon('read', app.KV.Read('words', key))

// What an observer is told, up to what `isLast`.
async function observed(key, isLast, first = () => {}) {
  const changes = await soon('observe', app.KV.ObserveKey('words', key))
  const told = []
  const last = new Promise((resolve, reject) => {
    changes.on('data', ({ data }) => {
      told.push(data)
      first(data)
      if (isLast(data)) resolve(told)
    })
    changes.on('error', reject)
  })
  await soon(`the last of ${key}`, last)
  await app.KV.StopObserving('words', key)
  return told
}

test('an app submits, observes, and reads how the job ended', async () => {
  const submission = newJob('the quick brown fox', { priority: 80 })
  const { client, job: name } = submission
  const submitted = await submit(submission)
  assert.equal(submitted.status, 'submitted')
  assert.equal(submitted.priority, 80)

  const told = await observed(`job/${client}/*`, ({ status }) => status === 'complete')
  assert.ok(told.every((change) => change.job === name && change.client === client))
  assert.equal(told.at(-1).response, 4)
  const progress = told.filter(({ kind }) => kind === 'progress').at(-1)
  assert.deepEqual([progress.progress, progress.message], [1, 'fox'])

  const job = await read(`job/${client}/${name}`)
  assert.equal(job.status, 'complete')
  assert.equal(job.response, 4)
  assert.equal(job.worker, 'driver')
  const { jobs } = await read(`job/${client}`)
  assert.deepEqual(jobs.map(({ job, status }) => [job, status]), [[name, 'complete']])
})

test('a cancel reaches the driver that works on the job', async () => {
  const submission = newJob('word '.repeat(600))
  const { client, job } = submission
  await submit(submission)
  let isCancelled = false
  const told = await observed(`job/${client}/${job}`, ({ status }) => status === 'cancelled',
    ({ kind }) => {
      if (kind !== 'progress' || isCancelled) return
      isCancelled = true
      app.KV.Write('words', 'job/cancel', { job, client })
    })
  assert.ok(told.some(({ kind }) => kind === 'cancel-requested'))
  assert.equal((await read(`job/${client}/${job}`)).status, 'cancelled')
})

test('a job that nobody has taken is cancelled at once', async () => {
  const submission = newJob('x', { delayMs: 3_600_000 })
  const { client, job } = submission
  await submit(submission)
  const answer = await soon('cancel', app.KV.Write('words', 'job/cancel', { job, client }))
  assert.equal(JSON.parse(answer).status, 'cancelled')
})

test('an app has no rights but on its datasource', async () => {
  const refused = async (call, words) => assert.rejects(soon('refusal', call), (error) => {
    assert.match(String(error), words)
    return true
  })
  // The arbiter gives no token for these.
  const take = { worker: 'w', requestNumber: 1 }
  await refused(app.KV.Write('words.server', 'take', take), /unauthorized/)
  await refused(app.KV.ObserveKey('words.server', '*'), /unauthorized/)
  await refused(app.GetDatasourceCatalogue(), /unauthorized/)
  // For these it does.
  const submission = newJob('x')
  const mine = `job/${submission.client}/${submission.job}`
  await submit(submission)
  await refused(app.KV.Read('words', `job/somebody/${submission.job}`), /unauthorized/)
  await refused(app.KV.Read('words', `job/${submission.client}/another`), /bad request/)
  await refused(app.KV.Write('words', 'job', { ...submission, client: 'somebody' }), /bad request/)
  await refused(app.KV.Observe('words'), /bad request/)
  const token = await app.arbiterCli.requestToken(address, `/kv/words/${mine}`, 'GET')
  const list = `/kv/words/job/${submission.client}`
  await refused(app.zestCli.Get(token, list, 'JSON'), /unauthorized/)
  await refused(app.zestCli.Get(`A${token.slice(1)}`, `/kv/words/${mine}`, 'JSON'), /unauthorized/)
})

test('the tokens of an app outlive the store, and its observes end with it', async () => {
  const submission = newJob('word', { delayMs: 3_600_000 })
  const { client, job } = submission
  await submit(submission)
  await read(`job/${client}/${job}`)
  const changes = await soon('observe', app.KV.ObserveKey('words', `job/${client}/*`))
  const ended = new Promise((resolve) => changes.on('error', resolve))
  await soon('a first line', new Promise((resolve) => changes.on('data', resolve)))
  assert.equal(await end(store), 0)
  assert.equal((await soon('the end of the observe', ended)).toString('hex'), 'a3000000')
  store = await startStore()
  assert.equal((await read(`job/${client}/${job}`)).status, 'submitted')
  await app.KV.StopObserving('words', `job/${client}/*`)
  const [now] = await observed(`job/${client}/*`, () => true)
  assert.equal(now.status, 'submitted')
})

test('the container manager finds the datasource, and an app by what it found', async () => {
  const databox = require('node-databox')
  process.env.DATABOX_LOCAL_NAME = 'container-manager'
  const token = await askArbiter('/token',
    { target: address, path: '/cat', method: 'GET', caveats: [] })
  process.env.DATABOX_LOCAL_NAME = 'app'
  const { items } = JSON.parse(await soon('catalogue', app.zestCli.Get(token, '/cat', 'JSON')))
  assert.equal(items.length, 1)
  assert.equal(items[0].href, `${endpoint}/kv/words`)
  assert.equal(databox.HypercatToDataSourceMetadata(items[0]).IsActuator, true)

  const example = await startPart('words: 4\n', 'app', 'app.js', ['the quick brown fox'],
    { DATASOURCE_words: JSON.stringify(items[0]) })
  assert.equal(await soon('the app', example.ended), 0)
  assert.match(example.out, /submitted[^]*accepted[^]*50% quick[^]*100% fox[^]*complete/)
})
