#!/bin/sh
# Records the operator's AOT cache in the image's root $ROOT: runs the operator, with the flags it ships with, through a small site on a
# training API server that runs beside it on loopback.
set -eu
project=$(cd "$(dirname "$0")/../.." && pwd)
java=$("$project/tools/find-jdk")/bin/java
target=$project/operator/target
work=$(mktemp -d)
mkfifo "$work/alive"
api= operator=
trap 'kill $api $operator 2> /dev/null || true; rm -rf "$work" "$ROOT/tmp/kubeconfig"' EXIT
"$java" -cp "$target/test-classes:$target/selvedge-operator.jar" dev.selvedge.operator.training.TrainingApiServer \
    "$target/test-classes/training" "$work/kubeconfig" < "$work/alive" &
api=$!
exec 3> "$work/alive"
tries=0
while [ ! -s "$work/kubeconfig" ]; do
    tries=$((tries + 1)); [ "$tries" -le 100 ] || { echo "the training API server did not start" >&2; exit 1; }
    sleep 0.1
done
mkdir -p "$ROOT/tmp"
cp "$work/kubeconfig" "$ROOT/tmp/kubeconfig"
KUBECONFIG=/tmp/kubeconfig SELVEDGE_NAMESPACE=selvedge SELVEDGE_HUB_IMAGE=hub:1 SELVEDGE_HUB_ROLE=ClusterRole/hub SELVEDGE_MANAGEMENT_PORT=0 \
    chroot "$ROOT" /opt/java/bin/java @/opt/selvedge/java.args -XX:AOTCacheOutput=/opt/selvedge/app.aot \
    -jar /opt/selvedge/selvedge-operator.jar > "$work/log" 2>&1 &
operator=$!
tries=0
until grep -q "Created StatefulSet site/sensor" "$work/log"; do
    tries=$((tries + 1)); [ "$tries" -le 300 ] || { cat "$work/log" >&2; echo "the operator did not get through its training" >&2; exit 1; }
    sleep 0.1
done
sleep 2
kill "$operator"
wait "$operator" || true
exec 3>&-
wait "$api" || true
if grep -q "ERROR" "$work/log"; then cat "$work/log" >&2; exit 1; fi
