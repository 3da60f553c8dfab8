// An IoT Edge module: forwards the readings that are above a threshold and reports how many.
'use strict';

const { ModuleClient, Message } = require('azure-iot-device');
const { Amqp, AmqpWs } = require('azure-iot-device-amqp');
const { Mqtt, MqttWs } = require('azure-iot-device-mqtt');

const TRANSPORTS = { MQTT: Mqtt, MQTT_WS: MqttWs, AMQPS: Amqp, AMQPS_WS: AmqpWs };
const INPUT = 'input1';
const OUTPUT = 'alerts';
const DEFAULT_THRESHOLD = 10;
const REPORT_EVERY_MS = 2000;
const RETRY_MS = 1000;
const CLOSE_MS = 2000;

let threshold = DEFAULT_THRESHOLD;
let forwarded = 0;
let twin;
let reported;

const say = (text) => console.log(text);
const promise = (call) => new Promise((done, fail) => call((error, result) => (error ? fail(error) : done(result))));
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// A reading is only completed when the hub has acknowledged what was made of it: over AMQP the hub sends it again until then.
async function take(client, input, message) {
  if (input !== INPUT) {
    say(`nothing is expected on input ${input}`);
    return promise((done) => client.complete(message, done));
  }
  let reading;
  try {
    reading = JSON.parse(message.getBytes().toString('utf8'));
  } catch (error) {
    say(`not a reading: ${error.message}`);
  }
  if (reading && reading.temperature > threshold) {
    const alert = new Message(JSON.stringify(reading));
    alert.contentType = 'application/json';
    alert.contentEncoding = 'utf-8';
    alert.messageId = `${reading.run}-${reading.sequence}`;
    for (;;) {
      try {
        await promise((done) => client.sendOutputEvent(OUTPUT, alert, done));
        break;
      } catch (error) {
        say(`alert ${reading.sequence} not acknowledged, sending it again: ${error.message}`);
        await pause(RETRY_MS);
      }
    }
    forwarded += 1;
  }
  await promise((done) => client.complete(message, done));
}

function report() {
  const now = { threshold, forwarded };
  const text = JSON.stringify(now);
  if (!twin || text === reported) return;
  reported = text;
  twin.properties.reported.update(now, (error) => {
    if (error) {
      say(`twin not updated, trying again: ${error.message}`);
      reported = undefined;
    }
  });
}

async function main() {
  const transport = TRANSPORTS[process.env.TRANSPORT || 'MQTT'];
  if (!transport) throw new Error(`TRANSPORT must be one of ${Object.keys(TRANSPORTS)}`);
  const client = await promise((done) => ModuleClient.fromEnvironment(transport, done));
  client.on('error', (error) => say(`error: ${error.message}`));
  // The SDK has given up to connect again, for example because the hub went away while it subscribed: a fresh start does what it does not.
  client.on('disconnect', () => {
    say('disconnected for good, to be started again');
    process.exit(1);
  });
  process.on('SIGTERM', () => {
    client.removeAllListeners('disconnect');
    client.close(() => process.exit(0));
    setTimeout(() => process.exit(0), CLOSE_MS); // with a hub that is away too
  });
  for (;;) {
    try {
      await promise((done) => client.open(done));
      break;
    } catch (error) {
      say(`not connected yet: ${error.message}`);
      await pause(RETRY_MS);
    }
  }
  twin = await promise((done) => client.getTwin(done));
  twin.on('properties.desired', (desired) => {
    if (typeof desired.threshold === 'number' && desired.threshold !== threshold) {
      threshold = desired.threshold;
      say(`threshold is now ${threshold}`);
      report();
    }
  });
  // One after the other: over MQTT the SDK acknowledges a reading before it is handed out, and the next would overtake an alert that is sent again.
  let last = Promise.resolve();
  client.on('inputMessage', (input, message) => {
    last = last
      .then(() => take(client, input, message))
      .catch((error) => say(`a reading was not completed: ${error.message}`));
  });
  setInterval(report, REPORT_EVERY_MS);
  say('filter runs');
}

main().catch((error) => {
  say(`the filter cannot start: ${error.message}`);
  process.exit(1);
});
