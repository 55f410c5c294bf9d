#include "tests/support/postgres_server.h"

#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/cluster_template.h"
#include "tests/support/port.h"

namespace support {
namespace {

Finished must(const std::vector<std::string>& argv) {
  Finished done = run_program(argv);
  if (done.code != 0) throw std::runtime_error(argv.at(0) + ": " + done.err);
  return done;
}

bool starts_with(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }

void make_certificate(const std::string& data) {
  must({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout",
        data + "/server.key", "-out", data + "/server.crt"});
  give_to_server_user(data + "/server.key");
  give_to_server_user(data + "/server.crt");
}

}  // namespace

struct PostgresServer::Impl {
  TemporaryFolder folder{Place::kMemory};
  int port = 0;
  std::unique_ptr<Program> server = {};

  std::string data() const { return folder.path() + "/data"; }

  std::string url(const std::string& database) const {
    return "postgresql://postgres@/" + database + "?host=" + folder.path() + "&port=" + std::to_string(port);
  }

  void configure(const std::vector<std::string>& settings) {
    bool durable = false;
    std::ofstream out(data() + "/postgresql.conf", std::ios::app);
    for (const std::string& line : settings) {
      durable = durable || starts_with(line, "fsync");
      if (starts_with(line, "ssl = on")) make_certificate(data());
    }
    if (!durable) out << "fsync = off\n";
    out << "listen_addresses = '127.0.0.1'\nunix_socket_directories = '" << folder.path() << "'\n"
        << "max_connections = 60\nshared_buffers = 16MB\nmin_wal_size = 2MB\nmax_wal_size = 64MB\n"
        << "log_line_prefix = '%m [%p] %a '\n";
    for (const std::string& line : settings) out << line << "\n";
  }

  /// As pg_ctl finds out: the server says so in its lock file. One that was killed has left such a file, too.
  bool answers() const {
    std::ifstream lock_file(data() + "/postmaster.pid");
    std::string line;
    if (!std::getline(lock_file, line) || line != std::to_string(server->pid())) return false;
    while (std::getline(lock_file, line)) {
      if (starts_with(line, "ready")) return true;
    }
    return false;
  }

  /// Empty, or what the server said before it ended.
  std::string try_to_run() {
    std::vector<std::string> argv = as_server_user();
    argv.insert(argv.end(), {postgres_bin() + "/postgres", "-D", data(), "-p", std::to_string(port)});
    server = std::make_unique<Program>(argv);
    if (eventually([&] { return answers() || !server->is_running(); }) && server->is_running()) return "";
    return server->is_running() ? "no answer" : server->wait().err;
  }

  void run() {
    const bool first = port == 0;
    std::string why;
    // Another program may take the port between our look and the server's bind: then another port will do.
    for (int tries = first ? 5 : 1; tries > 0; --tries) {
      if (first) port = free_port();
      why = try_to_run();
      if (why.empty()) return;
      if (why.find("could not create any TCP/IP sockets") == std::string::npos) break;
    }
    throw std::runtime_error("PostgreSQL didn't start: " + why);
  }

  void stop(int number) {
    if (!server) return;
    server->signal(number);
    server->wait();
    server.reset();
  }
};

PostgresServer::PostgresServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PostgresServer::~PostgresServer() { impl_->stop(SIGQUIT); }

PostgresServer& PostgresServer::shared() {
  static const std::unique_ptr<PostgresServer> server = start();
  return *server;
}

std::unique_ptr<PostgresServer> PostgresServer::start(const std::vector<std::string>& settings) {
  auto impl = std::make_unique<Impl>();
  give_to_server_user(impl->folder.path());
  copy_fresh_cluster(impl->data());
  impl->configure(settings);
  impl->run();
  return std::unique_ptr<PostgresServer>(new PostgresServer(std::move(impl)));
}

std::string PostgresServer::new_database() {
  static std::atomic<int> counter = 0;
  const std::string name = "test_" + std::to_string(++counter);
  psql(url("postgres"), "CREATE DATABASE " + name);
  return url(name);
}

std::string PostgresServer::url_as(const std::string& url, const std::string& role, const std::string& password) {
  psql(url, "DO $$BEGIN CREATE ROLE \"" + role + "\" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END$$;\n" +
                "ALTER ROLE \"" + role + "\" PASSWORD '" + password + "'");
  const std::size_t start = url.find("@/") + 2;
  const std::string database = url.substr(start, url.find('?') - start);
  return "postgresql://" + role + ":" + password + "@127.0.0.1:" + std::to_string(port()) + "/" + database;
}

std::string PostgresServer::url(const std::string& database) const { return impl_->url(database); }
int PostgresServer::port() const { return impl_->port; }
std::string PostgresServer::socket_folder() const { return impl_->folder.path(); }
std::string PostgresServer::data_folder() const { return impl_->data(); }

void PostgresServer::stop_immediate() { impl_->stop(SIGQUIT); }

void PostgresServer::restart() {
  impl_->stop(SIGINT);
  impl_->run();
}

std::string PostgresServer::psql(const std::string& url, const std::string& sql) {
  const TemporaryFolder folder;
  const std::string file = folder.write("input.sql", sql);
  std::string out = must({"psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", file}).out;
  if (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

void PostgresServer::psql_file(const std::string& url, const std::string& file) {
  must({"psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", file});
}

std::string PostgresServer::schema(const std::string& url, const std::vector<std::string>& without) {
  std::vector<std::string> argv = {postgres_bin() + "/pg_dump", "--schema-only", "-N", "sluice"};
  for (const std::string& table : without) argv.insert(argv.end(), {"-T", "*." + table});
  argv.insert(argv.end(), {"-d", url});
  std::istringstream dump(must(argv).out);
  std::string kept;
  for (std::string line; std::getline(dump, line);) {
    if (line.empty() || starts_with(line, "--") || starts_with(line, "\\restrict") || starts_with(line, "\\unrestrict"))
      continue;
    kept += line + "\n";
  }
  return kept;
}

}  // namespace support
