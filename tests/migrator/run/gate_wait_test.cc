// `sluice wait --gate`: by resource, through the operator's gate (design, Gates 2; operator-protocol, Trust 6).
#include <gmock/gmock.h>

#include <fstream>
#include <memory>

#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

using support::Finished;
using support::Program;
using testing::HasSubstr;
using testing::Not;

namespace {

// Answers each request as the file `answer` says (status, newline, body) and writes down what was asked.
constexpr const char* kScript = R"py(
import http.server, ssl, sys
folder, tls, port = sys.argv[1], sys.argv[2] == "tls", int(sys.argv[3])
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        with open(folder + "/asked", "a") as file: file.write(self.path + " " + self.headers.get("Authorization", "-") + "\n")
        status, body = open(folder + "/answer").read().split("\n", 1)
        self.send_response(int(status))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())
    def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
if tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder + "/server.crt", folder + "/server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
)py";

class GateWait : public testing::Test {
 protected:
  void serve(const std::string& kind = "plain") {
    const std::string script = folder.write("server.py", kScript);
    server = std::make_unique<Program>(
        std::vector<std::string>{"python3", script, folder.path(), kind, std::to_string(port)});
    ASSERT_TRUE(server->wait_for_output("ready"));
  }
  void answer(int status, const std::string& body) const {
    folder.write("answer.new", std::to_string(status) + "\n" + body);
    support::run_program({"mv", folder.path() + "/answer.new", folder.path() + "/answer"});
  }
  void answer_state(const std::string& state, const std::string& reason) const {
    answer(200,
           R"({"state":")" + state + R"(","reason":")" + reason + R"(","message":"as the gate says","heads":["003"]})");
  }
  std::string asked() const {
    std::ifstream file(folder.path() + "/asked");
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string url(const std::string& scheme = "http") const {
    return scheme + "://localhost:" + std::to_string(port) + "/gate/v1/shop/orders";
  }
  std::vector<std::string> command(const std::vector<std::string>& more) const {
    std::vector<std::string> argv = {support::binary("sluice"), "wait", "--output", "json", "--interval", "50ms"};
    argv.insert(argv.end(), more.begin(), more.end());
    return argv;
  }
  Finished wait(const std::vector<std::string>& more, const std::vector<std::string>& environment = {}) const {
    return support::run_program(command(more), environment);
  }

  support::TemporaryFolder folder;
  int port = support::free_port();
  std::unique_ptr<Program> server;
};

TEST_F(GateWait, EndsWhenTheGateOpens) {
  answer_state("waiting", "Running");
  serve();
  Program waiting(command({"--gate", url(), "--at-least", "2,+&3"}));
  ASSERT_TRUE(waiting.wait_for_output("the migration is waiting: Running: as the gate says"));
  answer_state("ready", "UpToDate");
  const Finished ended = waiting.wait();
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr(R"("heads":["003"])"));
  EXPECT_THAT(asked(), HasSubstr("/gate/v1/shop/orders?at-least=2%2C%2B%263 -\n"));
}

// A person may mend it while the pod waits; the message says what is wrong.
TEST_F(GateWait, WaitsOnBehindAFailedMigration) {
  answer_state("failed", "MigrationFailed");
  serve();
  const Finished ended = wait({"--gate", url(), "--timeout", "150ms"});
  EXPECT_EQ(ended.code, 50);
  EXPECT_THAT(ended.out, HasSubstr("the migration is failed: MigrationFailed"));
}

TEST_F(GateWait, IsShutWhileTheOperatorIsDown) {
  const Finished ended = wait({"--gate", url(), "--timeout", "150ms"});
  EXPECT_EQ(ended.code, 50);
  EXPECT_THAT(ended.out, HasSubstr("can't connect"));
}

TEST_F(GateWait, IsShutWhileTheOperatorsViewIsStale) {  // operator-protocol, Trust 6
  answer(503, "the operator's view of the cluster is stale: pods\n");
  serve();
  const Finished ended = wait({"--gate", url(), "--timeout", "150ms"});
  EXPECT_EQ(ended.code, 50);
  EXPECT_THAT(ended.out, HasSubstr("the gate answered 503: the operator's view of the cluster is stale"));
}

TEST_F(GateWait, GoesOnWhenTheOperatorComesBack) {
  Program waiting(command({"--gate", url()}));
  ASSERT_TRUE(waiting.wait_for_output("can't connect"));
  answer_state("ready", "UpToDate");
  serve();
  EXPECT_EQ(waiting.wait().code, 0);
}

TEST_F(GateWait, OpensWithoutAnAnswerOnlyIfToldSo) {
  const Finished ended = wait({"--gate", url(), "--if-unreachable", "open", "--open-after", "100ms"});
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.out, HasSubstr(R"("reason":"GateUnreachable")"));
  EXPECT_THAT(ended.out, HasSubstr("nothing is known of the database"));
}

TEST_F(GateWait, NeverOpensToARefusedToken) {
  answer(401, "a valid token is missing\n");
  serve();
  const Finished ended =
      wait({"--gate", url(), "--if-unreachable", "open", "--open-after", "0s", "--timeout", "150ms"});
  EXPECT_EQ(ended.code, 50);
  EXPECT_THAT(ended.out, HasSubstr("it refuses the token"));
}

TEST_F(GateWait, NeverOpensToWhatIsNoGate) {
  answer(200, "<html>welcome</html>");
  serve();
  const std::vector<std::string> open = {"--if-unreachable", "open", "--open-after", "0s", "--timeout", "150ms"};
  std::vector<std::string> flags = {"--gate", url()};
  flags.insert(flags.end(), open.begin(), open.end());
  const Finished page = wait(flags);
  EXPECT_EQ(page.code, 50);
  EXPECT_THAT(page.out, HasSubstr("which is no answer of a gate"));
  answer(200, R"({"state":"READY!"})");
  EXPECT_EQ(wait(flags).code, 50);
  answer(200, R"([{"state":"ready"}])");
  EXPECT_EQ(wait(flags).code, 50);
}

TEST_F(GateWait, SendsATokenThatIsRotatedWhileItWaits) {
  answer_state("waiting", "Running");
  serve();
  folder.write("token", "old-token\n");
  Program waiting(command({"--gate", url(), "--gate-token-file", folder.path() + "/token"}));
  ASSERT_TRUE(support::eventually([&] { return asked().find("Bearer old-token\n") != std::string::npos; }));
  folder.write("token", "new-token");
  ASSERT_TRUE(support::eventually([&] { return asked().find("Bearer new-token\n") != std::string::npos; }));
  waiting.signal(15);
  const Finished ended = waiting.wait();
  EXPECT_EQ(ended.code, 143);
  EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("-token")));
}

TEST_F(GateWait, TakesEverythingFromTheEnvironment) {
  answer_state("ready", "UpToDate");
  serve();
  EXPECT_EQ(wait({}, {"SLUICE_GATE=" + url(), "SLUICE_AT_LEAST=7", "SLUICE_GATE_TOKEN=from-a-secret"}).code, 0);
  EXPECT_THAT(asked(), HasSubstr("?at-least=7 Bearer from-a-secret\n"));
}

TEST_F(GateWait, ChecksTheCertificate) {
  support::run_program({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", folder.path() + "/server.key", "-out", folder.path() + "/server.crt"});
  answer_state("ready", "UpToDate");
  serve("tls");
  EXPECT_EQ(wait({"--gate", url("https"), "--gate-ca-file", folder.path() + "/server.crt"}).code, 0);
  const Finished stranger = wait({"--gate", url("https"), "--timeout", "0s"});
  EXPECT_EQ(stranger.code, 50);
  EXPECT_THAT(stranger.out, HasSubstr("TLS"));
}

TEST_F(GateWait, RefusesFlagsThatMeanNothing) {
  const auto code = [&](const std::vector<std::string>& flags) { return wait(flags).code; };
  EXPECT_EQ(code({"--gate", "localhost/gate"}), 2);
  EXPECT_EQ(code({"--gate", "http://user:password@localhost/gate"}), 2);
  EXPECT_EQ(code({"--gate", url(), "--before", "7"}), 2);
  EXPECT_EQ(code({"--gate", url(), "--if-unreachable", "maybe"}), 2);
  EXPECT_EQ(code({"--gate", url(), "--gate-token-file", folder.path() + "/nowhere"}), 2);
  EXPECT_EQ(code({"--gate", url(), "--gate-ca-file", folder.path() + "/nowhere"}), 2);
}

}  // namespace
