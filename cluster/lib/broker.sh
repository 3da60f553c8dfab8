# The "cloud": a Mosquitto with TLS and passwords in a namespace of its own, reached by pods over its link and by the machine through a door.
# shellcheck shell=bash

broker_is_up() { [ -e "/run/netns/$CLOUD" ] && alive broker mosquitto && alive broker-door "$BROKER_DOOR_PORT"; }

broker_up() {
  local at=$STATE/broker
  broker_is_up && return
  command -v mosquitto >/dev/null || die "mosquitto is missing: apt-get install mosquitto"
  claim
  broker_down
  mkdir -p "$at/data" "$STATE/logs" "$STATE/pids"
  network_of_control_plane
  attach "$CLOUD" "$BROKER_ADDRESS"
  if [ ! -f "$at/password" ]; then
    authority "$at" selvedge-broker
    certificate "$at" server /CN=broker "DNS:localhost,IP:127.0.0.1,IP:$BROKER_ADDRESS"
    (umask 077 && openssl rand -hex 16 | tr -d '\n' >"$at/password")
    mosquitto_passwd -c -b "$at/passwords" selvedge "$(cat "$at/password")" >/dev/null
  fi
  cat >"$at/mosquitto.conf" <<EOF
listener $BROKER_PORT
cafile $at/ca.crt
certfile $at/server.crt
keyfile $at/server.key
allow_anonymous false
password_file $at/passwords
persistence true
persistence_location $at/data/
autosave_interval 10
max_queued_messages 0
max_inflight_messages 0
user root
EOF
  spawn broker nsenter --net="/run/netns/$CLOUD" mosquitto -c "$at/mosquitto.conf"
  door broker-door "$BROKER_DOOR_PORT" "$CLOUD" "$BROKER_PORT"
  wait_for 20 "the broker's readiness" broker_answers
}

# A door accepts before the program behind it does, so readiness is a whole TLS handshake.
broker_answers() {
  openssl s_client -connect "127.0.0.1:$BROKER_DOOR_PORT" -CAfile "$STATE/broker/ca.crt" -verify_return_error -verify_ip "$BROKER_ADDRESS" </dev/null
}

broker_down() {
  stop broker-door "$BROKER_DOOR_PORT"
  stop_gently broker mosquitto # it saves its state on SIGTERM
  end_namespace "$CLOUD"
}

stop_gently() {
  local pid tries=0
  pid=$(cat "$STATE/pids/$1" 2>/dev/null) || return 0
  stop "$1" "$2"
  while [ -e "/proc/$pid" ] && [ $tries -lt 50 ]; do
    tries=$((tries + 1))
    sleep 0.1
  done
}

broker_info() {
  cat <<EOF
BROKER_URL_PODS=mqtts://$BROKER_ADDRESS:$BROKER_PORT
BROKER_URL=mqtts://127.0.0.1:$BROKER_DOOR_PORT
BROKER_CA=$STATE/broker/ca.crt
BROKER_USER=selvedge
BROKER_PASSWORD_FILE=$STATE/broker/password
EOF
}

broker() {
  case ${1:-} in
    up) broker_up && broker_info ;;
    down)
      refuse_others
      [ -e "$OWNER" ] || return 0
      broker_down
      rm -rf "$STATE/broker"
      [ -f "$STATE/up" ] || registry_is_up || down
      ;;
    cut) link_set "$CLOUD" down ;;
    restore)
      link_set "$CLOUD" up
      ;;
    info) broker_is_up || die "the broker is not up: cluster/cluster broker up"; broker_info ;;
    *) die "usage: cluster broker up|down|cut|restore|info" ;;
  esac
}
