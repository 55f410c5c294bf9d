#include "tests/support/moody_server.h"

#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "tests/support/port.h"

namespace support {
namespace {

constexpr const char* kProgram = R"(import http.server, json, sys, time
lease = None
def mood(path):
    what, where = open(sys.argv[2]).read().split()
    return what if where == 'all' or where in path else 'answer'
class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def say(self, status, body, headers={}):
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items(): self.send_header(name, value)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    def answer(self):
        global lease
        length = int(self.headers.get('Content-Length') or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        now = mood(self.path)
        with open(sys.argv[2] + '.requests', 'a') as list: list.write(self.path + '\n')
        if now == 'gone': return self.say(410, {})
        if now == 'hang': time.sleep(3600)
        if now == 'refuse': return self.say(429, {}, {'Retry-After': '30'})
        if now == 'trickle':
            self.send_response(200)
            self.send_header('Content-Length', '100000')
            self.end_headers()
            while True:
                self.wfile.write(b' ')
                time.sleep(0.1)
        if '/leases' in self.path:
            if self.command == 'POST': lease = body
            if self.command == 'PATCH': lease['spec'].update(body['spec'])
            return self.say(404 if lease is None else 201 if self.command == 'POST' else 200, lease or {})
        if 'watch=true' in self.path:
            self.send_response(200)
            self.end_headers()
            self.wfile.flush()
            time.sleep(3600)
        self.say(200, {'metadata': {'resourceVersion': '1'}, 'items': []})
    do_GET = do_POST = do_PATCH = answer
    def log_message(self, *_): pass
server = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Answer)
print('listening', flush=True)
server.serve_forever()
)";

}  // namespace

MoodyServer::MoodyServer()
    : port_(free_port()),
      program_({"python3", "-c", kProgram, std::to_string(port_), folder_.write("mood", "answer all")}) {
  if (!program_.wait_for_output("listening")) throw std::runtime_error("moody server: " + program_.wait().err);
}

void MoodyServer::be(const std::string& mood, const std::string& where) {
  // Renamed into place: a request never reads half of it.
  const std::string written = folder_.write("mood.new", mood + " " + where);
  if (std::rename(written.c_str(), (folder_.path() + "/mood").c_str()) != 0) throw std::runtime_error("mood not set");
}

std::vector<std::string> MoodyServer::requests() const {
  std::vector<std::string> paths;
  std::ifstream file(folder_.path() + "/mood.requests");
  for (std::string each; std::getline(file, each);) paths.push_back(each);
  return paths;
}

}  // namespace support
