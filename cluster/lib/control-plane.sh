# etcd, API server, controller manager, scheduler and the local-path provisioner, all in the namespace cp.
# shellcheck shell=bash

in_cp() { # in_cp NAME COMMAND…
  local name=$1
  shift
  spawn "$name" nsenter --net="/run/netns/$CP" "$@"
}

# More flags for the parts of the control plane; a cluster of another kind has its own.
APISERVER_FLAGS=()
CONTROLLER_MANAGER_FLAGS=(--node-monitor-grace-period=16s) # a node that is cut off turns NotReady soon
SCHEDULER_FLAGS=()

start_control_plane() {
  local pki=$STATE/pki
  in_cp etcd "$KUBE_BIN/etcd" --data-dir "$STATE/etcd" --unsafe-no-fsync --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
    --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster default=http://127.0.0.1:2380
  in_cp apiserver "$KUBE_BIN/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 --bind-address=0.0.0.0 --secure-port="$API_PORT" --advertise-address="$CP_ADDRESS" \
    --tls-cert-file="$pki/apiserver.crt" --tls-private-key-file="$pki/apiserver.key" --client-ca-file="$pki/ca.crt" \
    --kubelet-certificate-authority="$pki/ca.crt" --kubelet-client-certificate="$pki/kubelet-client.crt" --kubelet-client-key="$pki/kubelet-client.key" \
    --kubelet-preferred-address-types=InternalIP \
    --service-account-key-file="$pki/sa.pub" --service-account-signing-key-file="$pki/sa.key" --service-account-issuer=https://kubernetes.default.svc \
    --requestheader-client-ca-file="$pki/ca.crt" --requestheader-allowed-names=front-proxy-client --requestheader-extra-headers-prefix=X-Remote-Extra- \
    --requestheader-group-headers=X-Remote-Group --requestheader-username-headers=X-Remote-User \
    --proxy-client-cert-file="$pki/front-proxy.crt" --proxy-client-key-file="$pki/front-proxy.key" \
    --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --service-cluster-ip-range="$SERVICE_RANGE" --allow-privileged=true \
    "${APISERVER_FLAGS[@]}"
  door api-door "$API_PORT" "$CP" "$API_PORT"
  wait_for 90 "the API server's readiness" kubectl get --raw /readyz
  in_cp controller-manager "$KUBE_BIN/kube-controller-manager" --kubeconfig "$pki/controller-manager.kubeconfig" \
    --authentication-kubeconfig "$pki/controller-manager.kubeconfig" --authorization-kubeconfig "$pki/controller-manager.kubeconfig" \
    --service-account-private-key-file="$pki/sa.key" --root-ca-file="$pki/ca.crt" --use-service-account-credentials --leader-elect=false \
    --flex-volume-plugin-dir="$STATE/volume-plugins" "${CONTROLLER_MANAGER_FLAGS[@]}"
  in_cp scheduler "$KUBE_BIN/kube-scheduler" --kubeconfig "$pki/scheduler.kubeconfig" --authentication-kubeconfig "$pki/scheduler.kubeconfig" \
    --authorization-kubeconfig "$pki/scheduler.kubeconfig" --leader-elect=false "${SCHEDULER_FLAGS[@]}"
}

# The API server ends as in a power cut, a node that is cut off never hears of it, and starts again as it was started; etcd goes on.
api_down() {
  local pid
  alive apiserver kube-apiserver || return 0
  pid=$(cat "$STATE/pids/apiserver")
  cat "/proc/$pid/cmdline" >"$STATE/apiserver.command"
  kill -KILL "$pid"
  wait_for 10 "the end of the API server" api_is_down
  in_namespace "$CP" ss --kill --tcp --all "sport = :$API_PORT" >/dev/null # else the kernel says so once more to a node whose link is back
}

api_is_down() { ! alive apiserver kube-apiserver; }

api_up() {
  local command
  api_is_down || return 0
  mapfile -d '' command <"$STATE/apiserver.command"
  in_cp apiserver "${command[@]}"
  wait_for 90 "the API server's readiness" kubectl get --raw /readyz
}

# etcd forgets all versions before the present one, as it does of old ones every five minutes; an API server that starts afterwards knows none of them.
api_forget() {
  local revision
  revision=$(ask_etcd kv/range '{"key": "AA=="}' | sed -n 's/.*"revision":"\([0-9]*\)".*/\1/p')
  ask_etcd kv/compaction "{\"revision\": \"$revision\", \"physical\": true}" >/dev/null
}

ask_etcd() { in_namespace "$CP" busybox wget -q -O - --post-data "$2" "http://127.0.0.1:2379/v3/$1"; } # ask_etcd METHOD REQUEST

api() {
  require_up
  case ${1:-} in
    down) api_down ;;
    up) api_up ;;
    forget) api_forget ;;
    *) die "usage: cluster api down|up|forget" ;;
  esac
}

start_local_path() {
  local config=$STATE/local-path
  mkdir -p "$config"
  printf '{"nodePathMap":[{"node":"DEFAULT_PATH_FOR_NON_LISTED_NODES","paths":["%s/volumes"]}]}' "$STATE" >"$config/config.json"
  sed "s|BUSYBOX_IMAGE|$BUSYBOX_IMAGE|; s|VOLUMES|$STATE/volumes|" "$HERE/local-path/storage.yaml" >"$config/storage.yaml"
  kubectl apply -f "$config/storage.yaml" >/dev/null
  in_cp local-path env POD_NAMESPACE=local-path-storage CONFIG_MOUNT_PATH="$config" "$LOCAL_PATH_BIN/local-path-provisioner" start --config "$config/config.json" \
    --provisioner-name rancher.io/local-path --kubeconfig "$STATE/kubeconfig" --namespace local-path-storage --configmap-name local-path-config \
    --helper-image "$BUSYBOX_IMAGE"
}
