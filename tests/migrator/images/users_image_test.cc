// `sluice install DIR` puts all that a run needs into a user's image, whatever that image holds: nothing (FROM
// scratch), Alpine's musl layout, or a distroless one. The images are folders here, entered by chroot: what counts is
// which files exist.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/support/port.h"
#include "tests/support/postgres_server.h"
#include "tests/support/source.h"

namespace {

namespace fs = std::filesystem;
using support::Finished;
using support::PostgresServer;
using support::run_program;

std::string must(const Finished& finished) {
  if (finished.code != 0) throw std::runtime_error(finished.out + finished.err);
  return finished.out;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// The files of our own image: sluice with pg_dump and pg_restore beside it.
const std::string& our_image() {
  static const support::TemporaryFolder folder;
  static const std::string path = [] {
    for (const char* file : {"sluice", "pg_dump", "pg_restore"}) {
      fs::copy_file(support::released(file), folder.path() + "/" + file);
    }
    return folder.path();
  }();
  return path;
}

enum class Kind { kScratch, kAlpine, kDistroless };

// What such an image holds besides the user's own files.
void fill(const std::string& root, Kind kind) {
  if (kind == Kind::kAlpine) {
    fs::create_directories(root + "/bin");
    fs::copy_file("/bin/busybox", root + "/bin/busybox");  // static; /bin/sh as Alpine has it
    fs::create_symlink("busybox", root + "/bin/sh");
    fs::create_directories(root + "/lib");
    fs::copy_file(fs::canonical("/lib/ld-musl-x86_64.so.1"), root + "/lib/ld-musl-x86_64.so.1");
  }
  if (kind == Kind::kDistroless) {  // passwd, certificates and time zones, no shell and no libc
    fs::create_directories(root + "/etc/ssl/certs");
    fs::create_directories(root + "/usr/share/zoneinfo");
    fs::copy_file("/etc/passwd", root + "/etc/passwd");
    fs::copy_file("/etc/ssl/certs/ca-certificates.crt", root + "/etc/ssl/certs/ca-certificates.crt");
  }
}

class UsersImage : public testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    fill(root_.path(), GetParam());
    root_.write("migrations/001_a.up.sql", "create table a (id int);\n");
    root_.write("migrations/002_b.up.sql", "create index concurrently on_a on a (id);\n");
    fs::create_directories(root_.path() + "/backups");
    fs::create_directories(root_.path() + "/tmp");
    must(run_program({our_image() + "/sluice", "install", root_.path() + "/sluice-bin"}));
    admin_ = PostgresServer::shared().new_database();
    url_ = PostgresServer::shared().url_as(admin_, "image_user", "pwZq7-image");
    PostgresServer::psql(admin_, "grant create on database \"" + url_.substr(url_.rfind('/') + 1) +
                                     "\" to image_user; grant all on schema public to image_user");
  }

  // The image's own authorities where it has some, else those that were copied with sluice.
  void trust(const PostgresServer& server) const {
    const std::string own = root_.path() + "/etc/ssl/certs/ca-certificates.crt";
    fs::copy_file(server.data_folder() + "/server.crt",
                  fs::exists(own) ? own : root_.path() + "/sluice-bin/ca-certificates.crt",
                  fs::copy_options::overwrite_existing);
  }

  Finished inside(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"/usr/bin/env", "-u", "SSL_CERT_FILE", "-u", "SSL_CERT_DIR",
                                         "/usr/sbin/chroot", root_.path(), "/sluice-bin/sluice"});
    return run_program(arguments, {"SLUICE_DATABASE_URL=" + url_, "SLUICE_MIGRATIONS=/migrations",
                                   "SLUICE_BACKUP_DIR=/backups", "PGHOST=", "PATH=/bin"});
  }

  support::TemporaryFolder root_;
  std::string admin_, url_;
};

TEST_P(UsersImage, HoldsAllThatAMigrationNeeds) {
  const Finished finished = inside({"upgrade", "heads"});
  EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
  EXPECT_EQ(first_line(PostgresServer::psql(admin_, "select version_num from alembic_version")), "002");
}

TEST_P(UsersImage, HoldsAllThatABackupNeeds) {
  const Finished finished = inside({"backup"});
  EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
  int dumps = 0;
  for (const auto& entry : fs::directory_iterator(root_.path() + "/backups"))
    dumps += entry.path().extension() == ".dump";
  EXPECT_EQ(dumps, 1);
}

TEST_P(UsersImage, HoldsAllThatARestoreNeeds) {
  PostgresServer::psql(admin_, "alter database \"" + url_.substr(url_.rfind('/') + 1) + "\" owner to image_user");
  ASSERT_EQ(inside({"upgrade", "001"}).code, 0);
  ASSERT_EQ(inside({"backup"}).code, 0);
  ASSERT_EQ(inside({"upgrade", "002"}).code, 0);
  const Finished finished = inside({"restore", "latest", "--method", "in-place", "--yes"});
  EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
  EXPECT_EQ(first_line(PostgresServer::psql(admin_, "select version_num from alembic_version")), "001");
}

TEST_P(UsersImage, RunsAToolOfItsOwn) {
  const Finished finished = inside({"run", "--", "/sluice-bin/sluice", "upgrade", "heads"});
  EXPECT_EQ(finished.code, 0) << finished.out << finished.err;
  EXPECT_EQ(first_line(PostgresServer::psql(admin_, "select version_num from alembic_version")), "002");
}

// A server whose certificate stands beside sluice, or in the image's own file.
TEST_P(UsersImage, ChecksTheCertificatesOfHttps) {
  const auto server = PostgresServer::start({"ssl = on"});
  trust(*server);
  const std::string port = std::to_string(support::free_port());
  support::Program https({"openssl", "s_server", "-accept", port, "-cert", server->data_folder() + "/server.crt",
                          "-key", server->data_folder() + "/server.key", "-www"});
  ASSERT_TRUE(https.wait_for_output("ACCEPT"));
  const Finished checked =
      inside({"check", "--checks", R"([{"name":"api","http":{"url":"https://127.0.0.1:)" + port + R"(/"}}])"});
  EXPECT_EQ(checked.code, 0) << checked.out << checked.err;
}

// libpq's sslrootcert=system, pg_dump's and a tool's too: OpenSSL finds them by this name only, since its own folder is
// Debian's.
TEST_P(UsersImage, NamesTheCertificatesToOpenssl) {
  fs::copy_file("/bin/busybox", root_.path() + "/busybox");
  const std::string named = inside({"run", "--", "/busybox", "env"}).out;
  const std::string own = "/etc/ssl/certs/ca-certificates.crt";
  EXPECT_THAT(named, testing::HasSubstr("\"line\":\"SSL_CERT_FILE=" +
                                        (GetParam() == Kind::kDistroless ? own : "/sluice-bin/ca-certificates.crt")));
}

// By name alone, for pg_dump as for sluice. libpq knows the word since 16; Debian 12 builds with 15.
TEST_P(UsersImage, ChecksTheServerAgainstTheSystemsAuthorities) {
  const std::string tools = must(run_program({our_image() + "/pg_dump", "--version"}));  // pg_dump (PostgreSQL) 17.6 …
  const bool knows_the_word = std::stoi(tools.substr(tools.rfind("(PostgreSQL) ") + 13)) >= 16;
  const auto server = PostgresServer::start({"ssl = on"});
  url_ =
      server->url_as(server->new_database(), "image_user", "pwZq7-image") + "?sslmode=verify-full&sslrootcert=system";
  const Finished refused = inside({"backup"});
  EXPECT_EQ(refused.code, 11) << refused.out << refused.err;
  EXPECT_THAT(refused.out + refused.err,
              testing::HasSubstr(knows_the_word ? "certificate verify failed" : R"(file "system" does not exist)"));
  trust(*server);
  EXPECT_EQ(inside({"backup"}).code, knows_the_word ? 0 : 11);
}

TEST_P(UsersImage, GetsCertificatesToTrust) {
  EXPECT_TRUE(fs::exists(root_.path() + "/sluice-bin/ca-certificates.crt"));
}

INSTANTIATE_TEST_SUITE_P(Images, UsersImage, testing::Values(Kind::kScratch, Kind::kAlpine, Kind::kDistroless),
                         [](const testing::TestParamInfo<Kind>& kind) {
                           return kind.param == Kind::kScratch  ? "FromScratch"
                                  : kind.param == Kind::kAlpine ? "Alpine"
                                                                : "Distroless";
                         });

}  // namespace
