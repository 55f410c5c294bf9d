# Sourced after cluster.sh: one certificate authority, a certificate and a kubeconfig for each part (ECDSA P-256).

# certificate FILE SUBJECT USAGE [SUBJECT-ALTERNATIVE-NAMES]
certificate() {
  local file=$PKI/$1 subject=$2 usage=$3 names=${4:-}
  openssl ecparam -name prime256v1 -genkey -noout -out "$file.key"
  openssl req -new -key "$file.key" -subj "$subject" -out "$file.csr"
  printf 'keyUsage=critical,digitalSignature\nextendedKeyUsage=%s\n' "$usage" >"$file.ext"
  [ -z "$names" ] || echo "subjectAltName=$names" >>"$file.ext"
  openssl x509 -req -in "$file.csr" -CA "$PKI/ca.crt" -CAkey "$PKI/ca.key" -CAcreateserial -days 3650 \
    -extfile "$file.ext" -out "$file.crt" 2>/dev/null
  rm "$file.csr" "$file.ext"
}

# kubeconfig FILE CERTIFICATE SERVER
kubeconfig() {
  cat >"$1" <<YAML
apiVersion: v1
kind: Config
clusters:
  - name: sluice-$NAME
    cluster: {server: "$3", certificate-authority-data: $(base64 -w0 "$PKI/ca.crt")}
users:
  - name: $2
    user: {client-certificate-data: $(base64 -w0 "$PKI/$2.crt"), client-key-data: $(base64 -w0 "$PKI/$2.key")}
contexts:
  - name: sluice-$NAME
    context: {cluster: sluice-$NAME, user: $2}
current-context: sluice-$NAME
YAML
}

make_pki() {
  local names part
  [ ! -e "$PKI/done" ] || return 0
  umask 077
  mkdir -p "$PKI"
  openssl ecparam -name prime256v1 -genkey -noout -out "$PKI/ca.key"
  openssl req -x509 -new -key "$PKI/ca.key" -subj "/CN=sluice-$NAME" -days 3650 -out "$PKI/ca.crt" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
  openssl genrsa -out "$PKI/sa.key" 2048 2>/dev/null
  openssl rsa -in "$PKI/sa.key" -pubout -out "$PKI/sa.pub" 2>/dev/null

  names=DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local
  names+=,IP:127.0.0.1,IP:$NODE_IP,IP:10.96.0.1,IP:$(cluster_address)
  certificate apiserver /CN=kube-apiserver serverAuth "$names"
  certificate apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client clientAuth
  certificate kubelet-serving /O=system:nodes/CN=system:node:$NODE serverAuth "DNS:$NODE,IP:$NODE_IP"
  certificate kubelet /O=system:nodes/CN=system:node:$NODE clientAuth
  certificate admin /O=system:masters/CN=admin clientAuth
  for part in controller-manager scheduler proxy; do
    certificate $part /CN=system:kube-$part clientAuth
  done
  certificate coredns /O=system:masters/CN=coredns clientAuth

  for part in controller-manager scheduler proxy kubelet coredns; do
    kubeconfig "$STATE/$part.kubeconfig" $part https://127.0.0.1:16443
  done
  kubeconfig "$ADMIN_KUBECONFIG" admin "https://$(cluster_address):16443"
  touch "$PKI/done"
  umask 022
}
