// A driver of databox: counts the words of texts that apps have submitted (app.js), until it ends.
//
//   node driver.js
//
// It reads what databox sets for a driver with a store: DATABOX_ZMQ_ENDPOINT,
// DATABOX_ARBITER_ENDPOINT and /run/secrets. Where there are no secrets, node-databox takes
// ARBITER_TOKEN and CORE_STORE_KEY, the public key of arbiter and store, from the environment.
'use strict'
const { hostname } = require('os')
const databox = require('node-databox')

const { DATABOX_ZMQ_ENDPOINT: endpoint, DATABOX_ARBITER_ENDPOINT: arbiter } = process.env
const store = databox.NewStoreClient(endpoint, arbiter)
const words = 'words'

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

// What drivers do is beside the datasource, where no app has rights: /kv/words.server/... A store
// that was killed answers never, and node-databox waits for ever.
async function ask(key, body) {
  const late = pause(15000).then(() => { throw new Error(`${key}: no answer`) })
  return JSON.parse(await Promise.race([store.KV.Write(`${words}.server`, key, body), late]))
}

// Does one job; what it returns is the job's end. Besides `complete` there are `fail`, `retry`,
// `release`, `forbid`, `cancelled`.
async function count(job, lease) {
  const all = job.request.split(/\s+/).filter((word) => word !== '')
  for (const [done, word] of all.entries()) {
    await pause(100)  // real work takes a while
    if (lease.isOver) return null  // another driver has the job
    if (lease.isCancelled) return { cancelled: null }
    const progress = { value: (done + 1) / all.length, message: word }
    await ask('update', { ...lease.name, progress })
  }
  return { complete: all.length }
}

// Says to the store, while a job runs, that its driver is alive, and learns whether the app has
// cancelled it. If this process dies the lease runs out, and another driver gets the job.
async function work(job) {
  const { job: id, attempt, leaseToken } = job
  const lease = { name: { job: id, attempt, leaseToken }, isOver: false, isCancelled: false }
  const renewing = setInterval(async () => {
    try {
      const { cancelRequested } = await ask('renew', { leases: [lease.name] })
      lease.isCancelled = cancelRequested
    } catch (error) {
      lease.isOver = String(error).includes('bad request')
      console.error(error)
    }
  }, 1000)
  try {
    const end = await count(job, lease)
    if (end) await ask('update', { ...lease.name, ...end })
    console.log(id, end ? Object.keys(end)[0] : 'lost')
  } catch (error) {
    const failed = { code: 'driver', message: String(error).slice(0, 1024) }
    await ask('update', { ...lease.name, retry: { error: failed } })
  } finally {
    clearInterval(renewing)
  }
}

async function main() {
  await store.RegisterDatasource({
    ...databox.NewDataSourceMetadata(),
    Description: 'Counts words',
    ContentType: 'application/json',
    Vendor: 'jobq',
    DataSourceType: 'words',
    DataSourceID: words,
    StoreType: 'kv',
    IsActuator: true  // apps are given POST too
  })
  console.log('registered')
  // A worker has a name and numbers its requests, also over its restarts: one that is repeated, not
  // knowing whether it arrived, is answered with the same jobs.
  const take = { worker: hostname(), requestNumber: 1000 * Date.now(), max: 4, waitMs: 5000 }
  for (;;) {
    try {
      const jobs = await ask('take', take)
      ++take.requestNumber
      await Promise.all(jobs.map(work))
    } catch (error) {
      console.error(error)
      await pause(1000)
    }
  }
}

process.on('SIGTERM', () => process.exit(0))
main().catch((refused) => {
  console.error(refused)
  process.exit(2)
})
