// What node-databox uses of zeromq 4, which cannot be built for any current Node.js, on zeromq 6,
// which comes with its binaries. It stands in for that package: node-databox stays as it is.
'use strict'
const { EventEmitter } = require('events')
const zmq = require('zeromq-current')

const TYPES = { req: zmq.Request, dealer: zmq.Dealer }
const OPTIONS = {
  identity: 'routingId',
  curve_serverkey: 'curveServerKey',
  curve_publickey: 'curvePublicKey',
  curve_secretkey: 'curveSecretKey'
}

class Socket extends EventEmitter {
  constructor(type) {
    super()
    this.socket = new TYPES[type]()
    this.sent = Promise.resolve()
  }

  connect(endpoint) {
    this.socket.connect(endpoint)
    this.receive().catch((error) => this.fail(error))
  }

  send(message) {
    this.sent = this.sent.then(() => this.socket.send(message)).catch((error) => this.fail(error))
  }

  close() {
    this.socket.close()
  }

  async receive() {
    for await (const frames of this.socket) this.emit('message', ...frames)
  }

  fail(error) {
    if (!this.socket.closed) this.emit('error', error)
  }
}

for (const [old, current] of Object.entries(OPTIONS)) {
  Object.defineProperty(Socket.prototype, old, {
    set(value) {
      this.socket[current] = value.toString()
    }
  })
}

exports.createSocket = (type) => new Socket(type)
exports.curveKeypair = () => {
  const { publicKey, secretKey } = zmq.curveKeyPair()
  return { public: publicKey, secret: secretKey }
}
