// A module, or a device, of azure-iot-device that does what it is told; see ../README.md.
'use strict';

const fs = require('fs');
const readline = require('readline');
const { Client, ModuleClient, Message, SharedAccessKeyAuthenticationProvider } = require('azure-iot-device');
const { Mqtt, MqttWs } = require('azure-iot-device-mqtt');
const { Amqp, AmqpWs } = require('azure-iot-device-amqp');

const TRANSPORTS = { MQTT: Mqtt, MQTT_WS: MqttWs, AMQPS: Amqp, AMQPS_WS: AmqpWs };
const STATUS = 207;
const transport = TRANSPORTS[process.argv[2]];

let client;
let twin;
let isModule;

const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const promise = (call) => new Promise((done, fail) => call((error, result) => (error ? fail(error) : done(result))));

async function open({ connectionString, ca, tokenSeconds }) {
  isModule = connectionString.includes(';ModuleId=');
  const Kind = isModule ? ModuleClient : Client;
  client = tokenSeconds
    ? Kind.fromAuthenticationProvider(
        SharedAccessKeyAuthenticationProvider.fromConnectionString(connectionString, tokenSeconds, Math.floor(tokenSeconds / 2)), transport)
    : Kind.fromConnectionString(connectionString, transport);
  client.on('error', (error) => console.error(`client error: ${error.message}`));
  await client.setOptions({ ca: fs.readFileSync(ca, 'utf8') });
  await client.open();
}

// a module's messages come in at an input, a device's are for the device
function listen() {
  const take = (name, message) => client.complete(message, () => {
    const properties = {};
    for (let i = 0; i < message.properties.count(); i++) {
      const { key, value } = message.properties.getItem(i);
      properties[key] = value;
    }
    tell({
      event: 'input', name, body: message.getData().toString('utf8'), id: message.messageId, contentType: message.contentType, properties,
    });
  });
  if (isModule) client.on('inputMessage', take);
  else client.on('message', (message) => take('', message));
}

function send({ output, body, id, contentType, properties }) {
  const message = new Message(body);
  if (id) message.messageId = id;
  if (contentType) message.contentType = contentType;
  Object.entries(properties || {}).forEach(([key, value]) => message.properties.add(key, value));
  return promise((done) => (output ? client.sendOutputEvent(output, message, done) : client.sendEvent(message, done)));
}

const COMMANDS = {
  connect: open,
  listen,
  send,
  follow: async () => {
    twin = await client.getTwin();
    twin.on('properties.desired', (patch) => tell({ event: 'desired', patch }));
  },
  twin: async () => {
    twin = await client.getTwin();
    return { desired: twin.properties.desired };
  },
  report: ({ patch }) => promise((done) => twin.properties.reported.update(patch, done)),
  serve: ({ method }) => {
    const answer = (request, response) => {
      tell({ event: 'called', payload: request.payload });
      response.send(STATUS, request.payload, (error) => error && console.error(`answer not sent: ${error.message}`));
    };
    if (isModule) client.onMethod(method, answer);
    else client.onDeviceMethod(method, answer);
  },
  call: async ({ device, module, method, payload }) => {
    const answer = await client.invokeMethod(device, module, {
      methodName: method, payload, responseTimeoutInSeconds: 20, connectTimeoutInSeconds: 10,
    });
    return { status: answer.status, payload: answer.payload };
  },
  close: () => client.close(),
};

async function obey(line) {
  const command = JSON.parse(line);
  try {
    const result = await COMMANDS[command.do](command);
    tell({ re: command.re, ...(result && (result.desired || result.status) ? result : {}) });
  } catch (error) {
    tell({ re: command.re, error: String(error && error.message || error) });
  }
}

readline.createInterface({ input: process.stdin }).on('line', obey).on('close', () => process.exit(0));
