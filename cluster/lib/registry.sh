# An image registry outside of the cluster, with TLS and a password, in a namespace of its own. One name leads to it, 127.0.0.1:PORT: here through a
# door, and on the nodes because their containerd looks that name up in certs.d.
# shellcheck shell=bash

REGISTRY=127.0.0.1:$REGISTRY_DOOR_PORT
REGISTRY_HOME=$STATE/registry
REGISTRY_CERTS=$REGISTRY_HOME/certs.d/$REGISTRY # as containerd, skopeo and Docker want it

registry_is_up() { [ -e "/run/netns/$(namespace_of registry)" ] && alive registry docker-registry && alive registry-door "$REGISTRY_DOOR_PORT"; }

registry_up() {
  local at=$REGISTRY_HOME namespace
  namespace=$(namespace_of registry)
  registry_is_up && return
  command -v docker-registry >/dev/null || die "docker-registry is missing: apt-get install docker-registry"
  claim
  registry_stop
  mkdir -p "$REGISTRY_CERTS" "$STATE/logs" "$STATE/pids"
  network_of_control_plane
  attach "$namespace" "$REGISTRY_ADDRESS"
  [ -f "$at/password" ] || registry_credentials
  cat >"$at/config.yml" <<EOF
version: 0.1
storage: {filesystem: {rootdirectory: $at/images}}
http: {addr: "0.0.0.0:$REGISTRY_PORT", tls: {certificate: $at/server.crt, key: $at/server.key}}
auth: {htpasswd: {realm: selvedge, path: $at/htpasswd}}
EOF
  cp "$at/ca.crt" "$REGISTRY_CERTS/"
  printf '[host."https://%s"]\nca = "ca.crt"\n' "$REGISTRY_ADDRESS:$REGISTRY_PORT" >"$REGISTRY_CERTS/hosts.toml"
  spawn registry nsenter --net="/run/netns/$namespace" docker-registry serve "$at/config.yml"
  door registry-door "$REGISTRY_DOOR_PORT" "$namespace" "$REGISTRY_PORT"
  wait_for 20 "the registry's readiness" registry_login
}

registry_credentials() {
  local at=$REGISTRY_HOME
  authority "$at" selvedge-registry
  certificate "$at" server /CN=registry "IP:127.0.0.1,IP:$REGISTRY_ADDRESS"
  (umask 077 && openssl rand -hex 16 | tr -d '\n' >"$at/password")
  # the registry knows bcrypt alone
  perl -e 'print "selvedge:", crypt($ARGV[0], "\$2y\$05\$$ARGV[1]"), "\n"' "$(cat "$at/password")" "$(openssl rand -hex 11)" >"$at/htpasswd"
}

registry_login() {
  skopeo login --authfile "$REGISTRY_HOME/auth.json" --cert-dir "$REGISTRY_CERTS" --username selvedge --password-stdin "$REGISTRY" <"$REGISTRY_HOME/password"
}

registry_stop() {
  stop registry-door "$REGISTRY_DOOR_PORT"
  stop registry docker-registry
  end_namespace "$(namespace_of registry)"
}

registry_info() {
  cat <<EOF
SELVEDGE_REGISTRY=$REGISTRY
REGISTRY_AUTH_FILE=$REGISTRY_HOME/auth.json
SKOPEO_FLAGS=--dest-cert-dir=$REGISTRY_CERTS
EOF
}

registry() {
  case ${1:-} in
    up) registry_up && registry_info ;;
    down)
      refuse_others
      [ -e "$OWNER" ] || return 0
      registry_stop
      rm -rf "$REGISTRY_HOME"
      [ -f "$STATE/up" ] || broker_is_up || down
      ;;
    info) registry_is_up || die "the registry is not up: cluster/cluster registry up"; registry_info ;;
    *) die "usage: cluster registry up|down|info" ;;
  esac
}
