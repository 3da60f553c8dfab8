# A control plane without nodes of its own: kwok plays the kubelet of every Node that carries its annotation.
# shellcheck shell=bash disable=SC2034

KWOK_VERSION=$(awk '/sigs.k8s.io\/kwok v/ {for (i = 1; i <= NF; i++) if ($i ~ /^v[0-9]/) {print $i; exit}}' "$HERE/kwok/go.mod")
KWOK_BIN=$CACHE/kwok-$KWOK_VERSION

# The built-in clients of a control plane are slowed to 20 to 50 requests a second each; a fleet would be measured by that.
FLEET_PACE=(--kube-api-qps=1000 --kube-api-burst=2000)

# The stages that kwok plays, what a node and a pod go through, come out of the same module.
build_kwok() {
  local module=sigs.k8s.io/kwok source
  build_go "$HERE/kwok" "$KWOK_BIN/kwok" "$module/cmd/kwok" "-s -w"
  [ -f "$KWOK_BIN/stages.yaml" ] && return
  source=$(cd "$HERE/kwok" && go list -m -f '{{.Dir}}' "$module") || die "the sources of kwok are not there: they are downloaded with Go"
  awk 'FNR == 1 {print "---"} {print}' "$source"/kustomize/stage/{node/fast/node-initialize,node/heartbeat-with-lease/node-heartbeat-with-lease,pod/fast/pod-ready,pod/fast/pod-delete}.yaml \
    >"$KWOK_BIN/stages.yaml.new"
  mv "$KWOK_BIN/stages.yaml.new" "$KWOK_BIN/stages.yaml"
}

fleet() {
  doctor_quiet
  build_kube
  build_kwok
  claim
  clear_cluster
  NODES=()
  require_free "$API_PORT"
  mkdir -p "$STATE"/{logs,pids,etcd}
  : >"$STATE/up"
  network_of_control_plane
  make_pki
  APISERVER_FLAGS=(--audit-policy-file="$HERE/kwok/audit.yaml" --audit-log-path="$STATE/logs/audit.log" --audit-log-maxsize=4000
    --max-requests-inflight=1000 --max-mutating-requests-inflight=500)
  CONTROLLER_MANAGER_FLAGS=("${FLEET_PACE[@]}" --concurrent-statefulset-syncs=20)
  SCHEDULER_FLAGS=("${FLEET_PACE[@]}")
  start_control_plane
  in_cp kwok "$KWOK_BIN/kwok" --config "$KWOK_BIN/stages.yaml" --kubeconfig "$STATE/kubeconfig" --manage-all-nodes=false --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake \
    --cidr "$POD_RANGE" --node-ip "$CP_ADDRESS" --node-lease-duration-seconds 40
  wait_for 60 "the default service account" kubectl get serviceaccount default
  say "a control plane for fake nodes is up; export KUBECONFIG=$STATE/kubeconfig"
}
