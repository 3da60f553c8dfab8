#!/bin/sh
# Records the operator's AOT cache: runs the operator, with the flags it ships with, through a small site on a training API server.
# Usage: train.sh JAVA_HOME OPERATOR_TARGET CACHE   (OPERATOR_TARGET holds selvedge-operator.jar, lib/ and test-classes/)
# The class path must be the one of the image: run the operator from the folder it will lie in.
set -eu
java=$1/bin/java target=$2 cache=$3
work=$(mktemp -d)
mkfifo "$work/alive"
operator=
trap 'kill $api $operator 2> /dev/null || true; rm -rf "$work"' EXIT
"$java" -cp "$target/test-classes:$target/selvedge-operator.jar" dev.selvedge.operator.training.TrainingApiServer \
    "$target/test-classes/training" "$work/kubeconfig" < "$work/alive" &
api=$!
exec 3> "$work/alive"
tries=0
while [ ! -s "$work/kubeconfig" ]; do
    tries=$((tries + 1)); [ "$tries" -le 100 ] || { echo "the training API server did not start" >&2; exit 1; }
    sleep 0.1
done
KUBECONFIG=$work/kubeconfig SELVEDGE_NAMESPACE=selvedge SELVEDGE_HUB_IMAGE=hub:1 SELVEDGE_HUB_CLUSTER_ROLE=hub SELVEDGE_MANAGEMENT_PORT=0 \
    "$java" ${SELVEDGE_FLAGS--XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx40m -Xss256k -XX:ReservedCodeCacheSize=32m -XX:+UseCompactObjectHeaders} \
    -XX:AOTCacheOutput="$cache" -jar "$target/selvedge-operator.jar" > "$work/log" 2>&1 &
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
[ -s "$cache" ] || { cat "$work/log" >&2; echo "no AOT cache was written" >&2; exit 1; }
if grep -q "ERROR" "$work/log"; then cat "$work/log" >&2; exit 1; fi
