// An app of databox: has the words of a text counted, which it leaves to a driver (driver.js), and
// prints what becomes of the job.
//
//   node app.js "the quick brown fox"
//
// It reads what databox sets for an app: DATABOX_ARBITER_ENDPOINT, DATASOURCE_words (the item of
// the catalogue that the driver registered) and /run/secrets. Where there are no secrets,
// node-databox takes ARBITER_TOKEN and CORE_STORE_KEY, the public key of arbiter and store, from
// the environment.
'use strict'
const { randomUUID } = require('crypto')
const databox = require('node-databox')

const { DATASOURCE_words: item, DATABOX_ARBITER_ENDPOINT: arbiter } = process.env
const store = databox.NewStoreClient(databox.GetStoreURLFromHypercat(item), arbiter)
const words = databox.HypercatToDataSourceMetadata(item).DataSourceID

// All apps of a datasource have the same rights, so this name is what keeps their jobs apart: who
// knows it may see and cancel them. An app makes one up and keeps it as long as its jobs.
const client = process.env.CLIENT || randomUUID()
const mine = `job/${client}/*`

const kObserveSeconds = 60
let timer

// Calls `tell` with how each job of ours is, and then with what happens to it. The store says when
// it ends an observe, but one that was killed says nothing; so now and then it is begun anew, and
// each time the store tells first how the jobs are.
async function observe(tell) {
  clearTimeout(timer)
  timer = setTimeout(observe, 1000 * kObserveSeconds, tell)
  try {
    await store.KV.StopObserving(words, mine)
    const changes = await store.KV.ObserveKey(words, mine, 2 * kObserveSeconds)
    changes.on('data', ({ data }) => tell(data))
    changes.on('error', () => observe(tell))  // without a listener it would end this process
  } catch (refused) {
    console.error(refused)
  }
}

function print({ job, status, kind, progress, message }) {
  console.log(job, status, kind === 'progress' ? `${Math.round(100 * progress)}% ${message}` : '')
}

async function main(text) {
  // The job's name is ours too: who does not know whether a job arrived submits it again under the
  // same name, and has submitted it once. What has been answered is on the store's disk.
  const job = randomUUID()
  print(JSON.parse(await store.KV.Write(words, 'job', { job, client, request: text })))

  const end = await new Promise((resolve) => {
    observe((change) => {
      if (change.job !== job) return
      print(change)
      if (!['submitted', 'accepted', 'retrying'].includes(change.status)) resolve(change)
    })
  })
  console.log(end.status === 'complete' ? `words: ${end.response}` : end.error || end.message)
  process.exit(end.status === 'complete' ? 0 : 1)
}

main(process.argv[2] || 'the quick brown fox').catch((refused) => {
  console.error(refused)
  process.exit(2)
})
