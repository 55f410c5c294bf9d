// The listener's certificate and the gate's tokens: files that are replaced while it runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/error.h"
#include "operator/gate/server.h"
#include "operator/gate/tokens.h"
#include "tests/operator/gate/raw_client.h"
#include "tests/support/port.h"
#include "tests/support/postgres_server.h"

namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class TlsTest : public testing::Test {
 protected:
  support::TemporaryFolder folder;
  const int port = support::free_port();
  const std::string certificate = folder.path() + "/tls.crt", key = folder.path() + "/tls.key";

  /// A new pair for 127.0.0.1 at tls.crt and tls.key, as a rotated Secret brings it.
  void make_pair(const std::string& name) const {
    const support::Finished made =
        support::run_program({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                              "-nodes", "-days", "2", "-subj", "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1",
                              "-keyout", key + ".new", "-out", certificate + ".new"});
    ASSERT_EQ(made.code, 0) << made.err;
    std::filesystem::rename(key + ".new", key);
    std::filesystem::rename(certificate + ".new", certificate);
  }
  std::unique_ptr<gate::Server> listen(const gate::Limits& limits = {}) const {
    return std::make_unique<gate::Server>(
        "127.0.0.1:" + std::to_string(port),
        [](const gate::Request&) {
          return gate::Answer{200, "hello"};
        },
        gate::ServerOptions{.limits = limits, .tls_certificate_file = certificate, .tls_key_file = key});
  }
  support::Finished curl(const std::string& ca, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"curl", "--silent", "--show-error", "--max-time", "60", "--cacert", ca});
    more.push_back("https://127.0.0.1:" + std::to_string(port) + "/");
    return support::run_program(more);
  }
  std::string copy(const std::string& name) const {
    std::filesystem::copy_file(certificate, folder.path() + "/" + name);
    return folder.path() + "/" + name;
  }
};

TEST_F(TlsTest, ShowsItsCertificate) {
  make_pair("gate");
  const auto server = listen();
  const support::Finished done = curl(certificate);
  EXPECT_EQ(done.out, "hello") << done.err;
}

TEST_F(TlsTest, RefusesOldProtocols) {
  make_pair("gate");
  const auto server = listen();
  EXPECT_NE(curl(certificate, {"--tls-max", "1.1", "--ciphers", "DEFAULT:@SECLEVEL=0"}).code, 0);
  EXPECT_EQ(curl(certificate, {"--tls-max", "1.2"}).code, 0);
}

TEST_F(TlsTest, TakesARotatedCertificate) {
  make_pair("first");
  const auto server = listen();
  const std::string old = copy("old.crt");
  make_pair("second");
  EXPECT_EQ(curl(certificate).out, "hello");
  EXPECT_NE(curl(old).code, 0);
}

TEST_F(TlsTest, KeepsTheOldCertificateWhileTheNewOneIsNotWhole) {
  make_pair("first");
  const auto server = listen();
  const std::string old = copy("old.crt");
  folder.write("tls.crt", "half a certificate");
  EXPECT_EQ(curl(old).out, "hello");
  std::filesystem::remove(certificate);
  EXPECT_EQ(curl(old).out, "hello");
  make_pair("second");
  EXPECT_EQ(curl(certificate).out, "hello");
}

TEST_F(TlsTest, RefusesToStartWithoutAWholePair) {
  EXPECT_THROW(listen(), PermanentError);
  make_pair("one");
  const std::string foreign = copy("foreign.crt");
  make_pair("two");
  std::filesystem::rename(foreign, certificate);
  EXPECT_THROW(listen(), PermanentError);
}

TEST_F(TlsTest, AnswersOthersWhileAClientDelaysItsHandshake) {
  make_pair("gate");
  const auto server = listen({.request = std::chrono::milliseconds(2000)});
  RawClient slow(port);
  slow.send("\x16\x03\x01");
  EXPECT_EQ(curl(certificate).out, "hello");
  EXPECT_THAT(slow.read_to_end(), IsEmpty());
}

TEST_F(TlsTest, HangsUpOnPlainHttp) {
  make_pair("gate");
  const auto server = listen();
  RawClient client(port);
  client.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(client.read_to_end(), testing::Not(HasSubstr("hello")));
}

class TokensTest : public testing::Test {
 protected:
  support::TemporaryFolder folder;
};

TEST_F(TokensTest, MatchesOnlyWhatStandsInTheFile) {
  gate::Tokens tokens(folder.write("token", "s3cret\n"));
  EXPECT_TRUE(tokens.matches("s3cret"));
  for (const char* wrong : {"", "s3cre", "s3crets", "S3cret", " s3cret", "s3cret\n"}) {
    EXPECT_FALSE(tokens.matches(wrong)) << wrong;
  }
}

TEST_F(TokensTest, TakesSeveralWhileTheyRotate) {
  gate::Tokens tokens(folder.write("token", "old\r\n\n  new\n"));
  EXPECT_TRUE(tokens.matches("old"));
  EXPECT_TRUE(tokens.matches("new"));
  folder.write("token", "new");
  EXPECT_FALSE(tokens.matches("old"));
  EXPECT_TRUE(tokens.matches("new"));
}

TEST_F(TokensTest, KeepsTheLastGoodOnesWhenTheFileIsEmptyOrGone) {
  const std::string file = folder.write("token", "good");
  gate::Tokens tokens(file);
  folder.write("token", "\n");
  EXPECT_TRUE(tokens.matches("good"));
  EXPECT_FALSE(tokens.matches(""));
  std::filesystem::remove(file);
  EXPECT_TRUE(tokens.matches("good"));
  folder.write("token", "better");
  EXPECT_FALSE(tokens.matches("good"));
}

TEST_F(TokensTest, RefuseToStartWithoutAny) {
  EXPECT_THROW(gate::Tokens(folder.path() + "/none"), PermanentError);
  EXPECT_THROW(gate::Tokens(folder.write("token", " \n")), PermanentError);
}

}  // namespace
