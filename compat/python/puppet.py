"""A module, or a device, of azure-iot-device that does what it is told; see ../README.md."""
import json
import os
import pathlib
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent / "target/packages"))
from azure.iot.device import IoTHubDeviceClient, IoTHubModuleClient, Message, MethodResponse

TRANSPORTS = {"MQTT": False, "MQTT_WS": True}
STATUS = 207
# the SDK renews a token two minutes before its end, however short its life is
RENEWAL_MARGIN_SECONDS = 120

if sys.argv[1] not in TRANSPORTS:
    sys.exit(f"no transport {sys.argv[1]}: the SDK for Python speaks {' and '.join(TRANSPORTS)} only")

client = None
speaking = threading.Lock()


def tell(line):
    with speaking:
        print(json.dumps(line), flush=True)


def connect(connectionString, ca, tokenSeconds=None):
    global client
    options = {"websockets": TRANSPORTS[sys.argv[1]], "connection_retry_interval": 1}
    if tokenSeconds:
        options["sastoken_ttl"] = RENEWAL_MARGIN_SECONDS + tokenSeconds // 2
    if ";ModuleId=" in connectionString:
        os.environ["EdgeHubConnectionString"] = connectionString
        os.environ["EdgeModuleCACertificateFile"] = ca
        client = IoTHubModuleClient.create_from_edge_environment(**options)
    else:
        authority = pathlib.Path(ca).read_text()
        client = IoTHubDeviceClient.create_from_connection_string(
            connectionString, server_verification_cert=authority, **options)
    client.connect()


# a module's messages come in at an input, a device's are for the device
def listen():
    def take(message):
        tell({
            "event": "input", "name": message.input_name or "", "body": message.data.decode(), "id": message.message_id,
            "contentType": message.content_type, "properties": message.custom_properties,
        })
    client.on_message_received = take


def send(body, output=None, id=None, contentType=None, properties=None):
    message = Message(body, message_id=id)
    message.content_type = contentType
    message.custom_properties.update(properties or {})
    if output:
        client.send_message_to_output(message, output)
    else:
        client.send_message(message)


def follow():
    client.on_twin_desired_properties_patch_received = lambda patch: tell({"event": "desired", "patch": patch})


def twin():
    return {"desired": client.get_twin()["desired"]}


def report(patch):
    client.patch_twin_reported_properties(patch)


def serve(method):
    def answer(request):
        if request.name != method:
            status = 404
        else:
            tell({"event": "called", "payload": request.payload})
            status = STATUS
        client.send_method_response(MethodResponse.create_from_method_request(request, status, request.payload))
    client.on_method_request_received = answer


def call(device, module, method, payload):
    asked = {"methodName": method, "payload": payload, "responseTimeoutInSeconds": 20, "connectTimeoutInSeconds": 10}
    answer = client.invoke_method(asked, device, module)
    return {"status": answer["status"], "payload": answer["payload"]}


def close():
    client.shutdown()


COMMANDS = {do.__name__: do for do in (connect, listen, send, follow, twin, report, serve, call, close)}


def obey(do, re, **parameters):
    try:
        tell({"re": re, **(COMMANDS[do](**parameters) or {})})
    except Exception as e:
        tell({"re": re, "error": repr(e)})


# a command may wait for its answer while the next ones are obeyed
for line in sys.stdin.buffer:
    threading.Thread(target=obey, kwargs=json.loads(line), daemon=True).start()
os._exit(0)
