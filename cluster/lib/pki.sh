# The cluster's own certificate authority, certificates and kubeconfigs.
# shellcheck shell=bash

# authority FOLDER NAME: a CA in FOLDER/ca.crt and FOLDER/ca.key
authority() {
  mkdir -p "$1"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1/ca.key" -out "$1/ca.crt" -days 3650 -subj "/CN=$2" \
    -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
}

# certificate FOLDER NAME SUBJECT [SANS]: signed by that folder's CA, good for servers and clients
certificate() {
  local at=$1/$2
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$at.key" -out "$at.csr" -subj "$3" 2>/dev/null
  printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n%s' "${4:+subjectAltName=$4}" >"$at.ext"
  openssl x509 -req -in "$at.csr" -CA "$1/ca.crt" -CAkey "$1/ca.key" -CAcreateserial -out "$at.crt" -days 3650 -extfile "$at.ext" 2>/dev/null
  rm "$at.csr" "$at.ext"
}

# kubeconfig FILE NAME SERVER: authenticates with pki/NAME.crt
kubeconfig() {
  local pki=$STATE/pki
  cat >"$1" <<EOF
apiVersion: v1
kind: Config
current-context: default
contexts:
- {name: default, context: {cluster: selvedge, user: $2}}
clusters:
- {name: selvedge, cluster: {server: "$3", certificate-authority-data: $(base64 -w0 "$pki/ca.crt")}}
users:
- {name: $2, user: {client-certificate-data: $(base64 -w0 "$pki/$2.crt"), client-key-data: $(base64 -w0 "$pki/$2.key")}}
EOF
  chmod 600 "$1"
}

# MORE_NAMES: further names of the API server, each with a comma before it
make_pki() {
  local pki=$STATE/pki node inside=https://$CP_ADDRESS:$API_PORT
  authority "$pki" selvedge-cluster
  certificate "$pki" apiserver /CN=kube-apiserver "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost,IP:127.0.0.1,IP:$CP_ADDRESS,IP:$SERVICE_API_ADDRESS${MORE_NAMES:-}"
  certificate "$pki" admin /O=system:masters/CN=admin
  certificate "$pki" controller-manager /CN=system:kube-controller-manager
  certificate "$pki" scheduler /CN=system:kube-scheduler
  certificate "$pki" proxy /CN=system:kube-proxy
  certificate "$pki" kubelet-client /O=system:masters/CN=kube-apiserver-kubelet-client
  certificate "$pki" front-proxy /CN=front-proxy-client
  openssl genrsa -out "$pki/sa.key" 2048 2>/dev/null
  openssl rsa -in "$pki/sa.key" -pubout -out "$pki/sa.pub" 2>/dev/null
  for node in "${NODES[@]}"; do
    certificate "$pki" "$node" "/O=system:nodes/CN=system:node:$node" "DNS:$node,IP:$(address_of "$node")"
    kubeconfig "$STATE/$node/kubeconfig" "$node" "$inside"
  done
  kubeconfig "$pki/controller-manager.kubeconfig" controller-manager "$inside"
  kubeconfig "$pki/scheduler.kubeconfig" scheduler "$inside"
  kubeconfig "$pki/proxy.kubeconfig" proxy "$inside"
  kubeconfig "$pki/policies.kubeconfig" admin "$inside"
  kubeconfig "$STATE/kubeconfig" admin "https://127.0.0.1:$API_PORT" # through the door, and inside cp the same address
}
