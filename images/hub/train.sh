#!/usr/bin/env bash
# Records the hub's AOT cache in the image's root $ROOT: the hub as its pod runs it, with a training API server, a broker upstream with TLS, a
# module that publishes and one that receives, all on loopback.
set -euo pipefail
for tool in mosquitto mosquitto_pub mosquitto_sub openssl; do
  command -v $tool >/dev/null || { echo "$tool is missing: apt-get install mosquitto mosquitto-clients openssl" >&2; exit 1; }
done
here=$(cd "$(dirname "$0")" && pwd)
project=$(dirname "$(dirname "$here")")
java=$("$project/tools/find-jdk")/bin/java
site=$ROOT/tmp/train
log=$site/log
api='' hub='' broker='' filter=''
trap 'kill $api $hub $broker $filter 2>/dev/null || true; rm -rf "$site"' EXIT

await() { # await SECONDS WHAT COMMAND...
  local tries=$(($1 * 10)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || { cat "$log" >&2; echo "waited in vain for $what" >&2; exit 1; }
    sleep 0.1
  done
}

mkdir -p "$site"/{data,tls,upstream}
head -c 32 /dev/urandom >"$site/master"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout "$site/tls/tls.key" -out "$site/tls/tls.crt" 2>/dev/null
cp "$site/tls/tls.crt" "$site/tls/ca.crt"
cp "$site/tls/tls.crt" "$site/upstream/ca.crt"
printf operator >"$site/upstream/username"
printf secret >"$site/upstream/password"

# mosquitto gives up its rights before it reads its key
chmod -R a+rX "$site"
cat >"$site/broker.conf" <<C
listener 18883 127.0.0.1
allow_anonymous true
certfile $site/tls/tls.crt
keyfile $site/tls/tls.key
user root
C
mosquitto -c "$site/broker.conf" >"$site/broker.log" 2>&1 &
broker=$!

mkfifo "$site/alive"
"$java" -cp "$project/operator/target/test-classes:$project/operator/target/selvedge-operator.jar" dev.selvedge.operator.training.TrainingApiServer \
  "$here/training" "$site/kubeconfig" <"$site/alive" &
api=$!
exec 4>"$site/alive"
await 20 "the training API server" test -s "$site/kubeconfig"

KUBECONFIG=/tmp/train/kubeconfig SELVEDGE_DEVICE_ID=edge-1 SELVEDGE_NAMESPACE=site SELVEDGE_NODE=edge-1 SELVEDGE_GATEWAY_HOST=localhost SELVEDGE_DATA=/tmp/train/data \
  SELVEDGE_MASTER_KEY_FILE=/tmp/train/master SELVEDGE_TLS=/tmp/train/tls SELVEDGE_UPSTREAM_SECRET=/tmp/train/upstream \
  chroot "$ROOT" /opt/java/bin/java @/opt/selvedge/java.args -XX:AOTCacheOutput=/opt/selvedge/app.aot \
  -jar /opt/selvedge/selvedge-hub.jar --kubernetes >"$log" 2>&1 &
hub=$!
await 60 "the hub's configuration" grep -q "configuration in force" "$log"
await 20 "the ModuleTwins" grep -q "ModuleTwins known" "$log"

sign() { openssl dgst -sha256 -mac HMAC -macopt "hexkey:$1" -binary; }
hex() { od -An -vtx1 "$@" | tr -d ' \n'; }
# module NAME COMMAND ARGUMENTS...: a client of Mosquitto's with the credentials an SDK would make for the module
module() {
  local name=$1 command=$2 key audience=localhost%2Fdevices%2Fedge-1%2Fmodules%2F$1 expiry=$(($(date +%s) + 3600)) signature
  shift 2
  key=$(printf 'edge-1/%s/1' "$name" | sign "$(hex "$site/master")" | hex)
  signature=$(printf '%s\n%s' "$audience" "$expiry" | sign "$key" | base64 | sed 's/+/%2B/g; s#/#%2F#g; s/=/%3D/g')
  "$command" --cafile "$site/tls/tls.crt" -h localhost -p 8883 -V mqttv311 -i "edge-1/$name" \
    -u "localhost/edge-1/$name/?api-version=2021-04-12&DeviceClientType=training" \
    -P "SharedAccessSignature sr=$audience&sig=$signature&se=$expiry" "$@"
}
module filter mosquitto_sub -q 1 -t 'devices/edge-1/modules/filter/inputs/#' -t '$iothub/twin/PATCH/properties/desired/#' -t '$iothub/twin/res/#' \
  >"$site/received" 2>>"$log" &
filter=$!
seq 3000 | module sensor mosquitto_pub -q 1 -l -t devices/edge-1/modules/sensor/messages/events/
seq 3000 | module sensor mosquitto_pub -q 1 -l -t 'devices/edge-1/modules/sensor/messages/events/%24.on=o&%24.ct=application%2Fjson&a=b'
await 20 "the messages at the receiver" grep -qx 3000 "$site/received"
module sensor mosquitto_pub -q 1 -t '$iothub/twin/PATCH/properties/reported/?$rid=1' -m '{"trained":true}'
module sensor mosquitto_pub -q 1 -t '$iothub/twin/GET/?$rid=2' -m ''
for path in /metrics /health/live /health/ready; do
  exec 3<>/dev/tcp/127.0.0.1/9600
  printf 'GET %s HTTP/1.0\r\n\r\n' $path >&3
  cat <&3 >>"$site/management"
  exec 3>&-
done
grep -q '^edgehub_messages_sent_total' "$site/management"
kill "$hub"
wait "$hub" || true
exec 4>&-
if grep -q ERROR "$log"; then
  cat "$log" >&2
  echo "the hub in training failed at:" >&2
  grep -m 1 -A 15 ERROR "$log" >&2
  exit 1
fi
