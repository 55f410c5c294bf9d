#include "tests/migrator/checks/http_server.h"

#include <fstream>
#include <stdexcept>

namespace checks {
namespace {

constexpr const char* kScript = R"py(
import http.server, ssl, sys, threading, time
folder, tls = sys.argv[1], sys.argv[2] == "tls"
seen = {"flaky": 0}
class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, headers=()):
        self.send_response(status)
        for name, value in headers: self.send_header(name, value)
        self.send_header("Content-Length", "6")
        self.end_headers()
        self.wfile.write(b"secret")
    def do_GET(self):
        if self.path == "/ok": self.answer(200)
        elif self.path == "/redirect": self.answer(302, [("Location", "/ok")])
        elif self.path == "/header": self.answer(200 if self.headers.get("X-Test") == "yes" else 403)
        elif self.path == "/flaky":
            seen["flaky"] += 1
            self.answer(200 if seen["flaky"] > 1 else 503)
        elif self.path == "/silent": time.sleep(60)
        elif self.path == "/drip":
            for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 60:
                self.wfile.write(bytes([byte])); self.wfile.flush(); time.sleep(1)
        else: self.answer(404)
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
if tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/server.crt", folder + "/server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
print("port", server.server_address[1], flush=True)
with open(folder + "/port", "w") as file: file.write(str(server.server_address[1]))
print("ready", flush=True)
server.serve_forever()
)py";

}  // namespace

HttpServer::HttpServer(Kind kind) : kind_(kind) {
  const std::string script = folder_.write("server.py", kScript);
  if (kind == Kind::kTls)
    support::run_program({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                          "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                          "-keyout", folder_.path() + "/server.key", "-out", ca_file()});
  program_ = std::make_unique<support::Program>(
      std::vector<std::string>{"python3", script, folder_.path(), kind == Kind::kTls ? "tls" : "plain"});
  if (!program_->wait_for_output("ready")) throw std::runtime_error("the HTTP server didn't start");
  std::ifstream(folder_.path() + "/port") >> port_;
}

std::string HttpServer::url(const std::string& path) const {
  return (kind_ == Kind::kTls ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) + path;
}

}  // namespace checks
