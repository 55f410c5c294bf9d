"""A throwaway kube-apiserver with its etcd, the programs that deploy/cluster/build-tools.sh builds, and a plain client."""
import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.parse

from server import HERE, free_port, wait_until

ROOT = HERE.parents[1]
PROGRAMS = ("etcd", "kube-apiserver", "kubectl")

MAKE_CERTIFICATES = """set -e; cd "$1"
key() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }
key ca; openssl req -x509 -new -key ca.key -days 2 -subj /CN=bench-ca -out ca.crt
sign() { openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile $1.ext -out $1.crt; }
key server; openssl req -new -key server.key -subj /CN=kube-apiserver -out server.csr
echo 'subjectAltName=DNS:localhost,IP:127.0.0.1' >server.ext; sign server
key admin; openssl req -new -key admin.key -subj /O=system:masters/CN=admin -out admin.csr
echo 'extendedKeyUsage=clientAuth' >admin.ext; sign admin
openssl genrsa -out accounts.key 2048; openssl rsa -in accounts.key -pubout -out accounts.pub"""


def missing_programs() -> list[str]:
    return [name for name in PROGRAMS if not os.path.exists(program(name))]


def program(name: str) -> str:
    """Where build-tools.sh has put it; KUBEBUILDER_ASSETS stands in."""
    in_assets = os.path.join(os.environ.get("KUBEBUILDER_ASSETS", ""), name)
    if os.environ.get("KUBEBUILDER_ASSETS") and os.path.exists(in_assets):
        return in_assets
    folder = subprocess.run(["bash", "-c", f"source '{ROOT}/deploy/cluster/versions.sh'; echo -n $TOOLS"], check=True,
                            text=True, capture_output=True).stdout
    return os.path.join(folder, name)


class ApiServer:
    """Both on free ports of 127.0.0.1, with our CRDs; TLS and client certificates; nothing but themselves runs."""

    def __init__(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sluice-bench-"))
        self.port = free_port()
        self.processes: list[subprocess.Popen] = []
        try:
            subprocess.run(["bash", "-c", MAKE_CERTIFICATES, "certificates", self.folder], check=True, capture_output=True)
            self.kubeconfig = self._write_kubeconfig()
            self._start()
            self._apply_crds()
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> "ApiServer":
        return self

    def __exit__(self, *_) -> None:
        for process in reversed(self.processes):
            process.terminate()
            process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write_kubeconfig(self) -> str:
        path = self.folder / "admin.kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "bench",
            "clusters": [{"name": "bench", "cluster": {"server": f"https://127.0.0.1:{self.port}",
                                                       "certificate-authority": f"{self.folder}/ca.crt"}}],
            "users": [{"name": "admin", "user": {"client-certificate": f"{self.folder}/admin.crt",
                                                 "client-key": f"{self.folder}/admin.key"}}],
            "contexts": [{"name": "bench", "context": {"cluster": "bench", "user": "admin", "namespace": "default"}}]}))
        return str(path)

    def _run(self, name: str, *options: str) -> None:
        log = open(self.folder / f"{name}.log", "wb")
        self.processes.append(subprocess.Popen([program(name), *options], stdin=subprocess.DEVNULL, stdout=log, stderr=log))

    def _start(self) -> None:
        etcd, peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self._run("etcd", "--data-dir", f"{self.folder}/etcd", "--listen-client-urls", etcd, "--advertise-client-urls", etcd,
                  "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", f"default={peer}",
                  "--log-level", "error")
        files = {"tls-cert-file": "server.crt", "tls-private-key-file": "server.key", "client-ca-file": "ca.crt",
                 "service-account-key-file": "accounts.pub", "service-account-signing-key-file": "accounts.key"}
        self._run("kube-apiserver", f"--etcd-servers={etcd}", f"--secure-port={self.port}", "--bind-address=127.0.0.1",
                  "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none", "--authorization-mode=RBAC",
                  "--service-cluster-ip-range=10.96.0.0/16", "--disable-admission-plugins=ServiceAccount",
                  "--service-account-issuer=https://kubernetes.default.svc", "--profiling=false",
                  *(f"--{option}={self.folder}/{file}" for option, file in files.items()))
        wait_until(self._answers, f"kube-apiserver doesn't answer: {self.folder}/kube-apiserver.log", 120)

    def _answers(self) -> bool:
        if any(process.poll() is not None for process in self.processes):
            raise RuntimeError(f"etcd or kube-apiserver ended: {self.folder}")
        try:
            return Client(self).ask("GET", "/api/v1/namespaces/default")[0] == 200
        except OSError:
            time.sleep(0.1)
            return False

    def _apply_crds(self) -> None:
        kubectl = [program("kubectl"), "--kubeconfig", self.kubeconfig]
        subprocess.run([*kubectl, "apply", "--server-side", "-f", ROOT / "deploy/crds.yaml"], check=True, capture_output=True)
        subprocess.run([*kubectl, "wait", "--for=condition=Established", "crd", "--all"], check=True, capture_output=True)

    @property
    def process(self) -> subprocess.Popen:
        """kube-apiserver."""
        return self.processes[-1]


class Client:
    """One connection as administrator; not thread-safe."""

    def __init__(self, server: ApiServer) -> None:
        context = ssl.create_default_context(cafile=f"{server.folder}/ca.crt")
        context.load_cert_chain(f"{server.folder}/admin.crt", f"{server.folder}/admin.key")
        self.connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context)

    def ask(self, method: str, path: str, body: dict | None = None, content_type: str = "application/json") -> tuple[int, dict]:
        self.connection.request(method, path, body and json.dumps(body), {"Content-Type": content_type})
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text.startswith(b"{") else {}

    def must(self, method: str, path: str, body: dict | None = None, content_type: str = "application/json") -> dict:
        status, answer = self.ask(method, path, body, content_type)
        if status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {status} {answer.get('message', '')}")
        return answer

    def watch(self, path: str, resource_version: str):
        """The lines of a watch, each as bytes, until close() from another thread."""
        query = urllib.parse.urlencode({"watch": "true", "resourceVersion": resource_version, "timeoutSeconds": 3600})
        self.connection.request("GET", f"{path}?{query}")
        answer = self.connection.getresponse()
        try:
            while line := answer.readline():
                yield line
        except (OSError, http.client.HTTPException):
            return

    def close(self) -> None:
        self.connection.sock.shutdown(socket.SHUT_RDWR)
