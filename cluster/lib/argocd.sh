# Argo CD without its server and its web pages: repository server, application and application set controllers, in the namespace cp.
# shellcheck shell=bash

ARGOCD_PARTS=(redis:redis-server repo-server:argocd-repo-server applications:argocd-application-controller application-sets:argocd-applicationset-controller)

argocd_is_up() {
  local part
  for part in "${ARGOCD_PARTS[@]}"; do alive "argocd-${part%%:*}" "${part#*:}" || return 1; done
}

# One binary that is each part by the name it is called; its definitions and its wrapper around git come out of the same module.
build_argocd() {
  local module=github.com/argoproj/argo-cd/v3 source part
  build_go "$HERE/argocd" "$ARGOCD_BIN/argocd" "$module/cmd" "-s -w"
  for part in "${ARGOCD_PARTS[@]:1}"; do ln -sfn argocd "$ARGOCD_BIN/${part#*:}"; done
  [ -d "$ARGOCD_BIN/crds" ] && return
  source=$(cd "$HERE/argocd" && go list -m -f '{{.Dir}}' "$module") || die "the sources of Argo CD are not there: they are downloaded with Go"
  install -m 755 "$source/hack/git-verify-wrapper.sh" "$ARGOCD_BIN/"
  mkdir "$ARGOCD_BIN/crds.new"
  install -m 644 "$source"/manifests/crds/*-crd.yaml "$ARGOCD_BIN/crds.new/"
  mv "$ARGOCD_BIN/crds.new" "$ARGOCD_BIN/crds"
}

argocd_up() {
  local at=$STATE/argocd redis=127.0.0.1:6379 repositories=127.0.0.1:8081 helm
  argocd_is_up && return
  helm=$("$HERE/../helm/fetch" | tail -1)
  build_argocd
  argocd_stop
  mkdir -p "$at"/{gpg,ssh,tls,tmp}
  kubectl apply --server-side --force-conflicts -f "$ARGOCD_BIN/crds" >/dev/null
  wait_for 30 "Argo CD's definitions" kubectl wait --for=condition=Established --timeout=5s -f "$ARGOCD_BIN/crds" # fails on one without conditions yet
  sed "s/SECRET_KEY/$(openssl rand -hex 16)/" "$HERE/argocd/argocd.yaml" | kubectl apply --server-side --force-conflicts -f - >/dev/null
  in_cp argocd-redis redis-server --bind 127.0.0.1 --port "${redis#*:}" --save "" --appendonly no --dir "$at"
  argocd_part repo-server argocd-repo-server --redis "$redis" --address 127.0.0.1 --port "${repositories#*:}" --metrics-address 127.0.0.1 --metrics-port 8084
  argocd_part applications argocd-application-controller --redis "$redis" --repo-server "$repositories" --namespace argocd \
    --app-resync 10 --app-resync-jitter 0 --metrics-port 8082
  argocd_part application-sets argocd-applicationset-controller --argocd-repo-server "$repositories" --namespace argocd \
    --metrics-addr 127.0.0.1:8085 --probe-addr 127.0.0.1:8086 --webhook-addr 127.0.0.1:8087
  wait_for 60 "the readiness of Argo CD's repository server" argocd_answers 8084/healthz
  wait_for 60 "the readiness of Argo CD's application controller" argocd_answers 8082/healthz
  wait_for 60 "the readiness of Argo CD's application set controller" argocd_answers 8085/metrics
}

argocd_part() { # argocd_part NAME COMMAND…
  local name=$1 at=$STATE/argocd
  shift
  in_cp "argocd-$name" env HOME="$at" KUBECONFIG="$STATE/kubeconfig" TMPDIR="$at/tmp" PATH="$ARGOCD_BIN:${helm%/*}:$PATH" ARGOCD_FAKE_IN_CLUSTER=true ARGOCD_GPG_ENABLED=false \
    ARGOCD_GNUPGHOME="$at/gpg" ARGOCD_SSH_DATA_PATH="$at/ssh" ARGOCD_TLS_DATA_PATH="$at/tls" "$ARGOCD_BIN/$1" "${@:2}"
}

argocd_answers() { in_namespace "$CP" busybox wget -q -O - "http://127.0.0.1:$1"; }

argocd_stop() {
  local part
  for part in "${ARGOCD_PARTS[@]}"; do stop "argocd-${part%%:*}" "${part#*:}"; done
}

# What Argo CD brought to the cluster stays; its own objects go.
argocd_down() {
  argocd_stop
  kubectl delete --ignore-not-found --timeout=60s -f "$ARGOCD_BIN/crds" >/dev/null
  kubectl delete --ignore-not-found --timeout=60s namespace argocd >/dev/null
  rm -rf "$STATE/argocd"
}

argocd() {
  case ${1:-} in
    build) build_argocd ;;
    up) require_up && argocd_up ;;
    down) require_up && argocd_down ;;
    *) die "usage: cluster argocd build|up|down" ;;
  esac
}
