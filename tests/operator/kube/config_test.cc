// Where the client finds its server and its credentials.
#include "operator/kube/config.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "common/error.h"
#include "operator/kube/base64.h"
#include "tests/support/postgres_server.h"

namespace {

using support::TemporaryFolder;

constexpr const char* kTwoContexts = R"(
current-context: first
clusters:
- {name: one, cluster: {server: "https://one:6443", certificate-authority-data: Q0E=}}
- {name: two, cluster: {server: "https://two:6443/k8s/two", insecure-skip-tls-verify: true, tls-server-name: real}}
users:
- {name: holder, user: {token: secret}}
- {name: files, user: {client-certificate: cert.pem, client-key: keys/key.pem, tokenFile: token}}
- {name: program, user: {exec: {command: aws}}}
contexts:
- {name: first, context: {cluster: one, user: holder, namespace: apps}}
- {name: second, context: {cluster: two, user: files}}
- {name: third, context: {cluster: one, user: program}}
- {name: broken, context: {cluster: none, user: holder}}
)";

std::string refusal(const std::vector<std::string>& files, const std::string& context) {
  try {
    static_cast<void>(kube::kubeconfig(files, context));
  } catch (const PermanentError& error) {
    return error.what();
  }
  return "";
}

TEST(Kubeconfig, TakesTheCurrentContext) {
  const TemporaryFolder folder;
  const kube::Config config = kube::kubeconfig({folder.write("config", kTwoContexts)}, "");
  EXPECT_EQ(config.server, "https://one:6443");
  EXPECT_EQ(config.ca_pem, "CA");
  EXPECT_EQ(config.token, "secret");
  EXPECT_EQ(config.namespace_name, "apps");
  EXPECT_TRUE(config.check_certificate);
}

TEST(Kubeconfig, ReadsFilesBesideItself) {
  const TemporaryFolder folder;
  folder.write("cert.pem", "CERT");
  folder.write("keys/key.pem", "KEY");
  const kube::Config config = kube::kubeconfig({folder.write("config", kTwoContexts)}, "second");
  EXPECT_EQ(config.certificate_pem, "CERT");
  EXPECT_EQ(config.key_pem, "KEY");
  EXPECT_EQ(config.token_file, folder.path() + "/token");
  EXPECT_EQ(config.server_name, "real");
  EXPECT_FALSE(config.check_certificate);
}

TEST(Kubeconfig, LetsTheFirstFileWin) {
  const TemporaryFolder folder;
  const std::string first = folder.write("first", "clusters: [{name: one, cluster: {server: 'https://other'}}]");
  const std::string second = folder.write("second", kTwoContexts);
  EXPECT_EQ(kube::kubeconfig({folder.path() + "/absent", first, second}, "").server, "https://other");
}

TEST(Kubeconfig, NamesWhatIsMissing) {
  const TemporaryFolder folder;
  const std::string file = folder.write("config", kTwoContexts);
  EXPECT_EQ(refusal({file}, "broken"), "kubeconfig: no cluster named none");
  EXPECT_EQ(refusal({file}, "nowhere"), "kubeconfig: no context named nowhere");
  EXPECT_EQ(refusal({folder.write("empty", "{}")}, ""), "kubeconfig: no current-context; name one with --context");
  EXPECT_EQ(refusal({folder.path() + "/absent"}, ""), "can't read " + folder.path() + "/absent");
}

TEST(Kubeconfig, RunsNoPrograms) {
  const TemporaryFolder folder;
  EXPECT_NE(refusal({folder.write("config", kTwoContexts)}, "third").find("exec"), std::string::npos);
}

TEST(Kubeconfig, RefusesWhatIsNotOne) {
  const TemporaryFolder folder;
  EXPECT_NE(refusal({folder.write("config", "a: [")}, ""), "");
  EXPECT_NE(refusal({folder.write("config", "just text")}, ""), "");
  EXPECT_NE(refusal({folder.write("config", "current-context: x\ncontexts: {a: b}")}, ""), "");
}

TEST(InClusterConfig, ReadsThePodsFolder) {
  const TemporaryFolder folder;
  folder.write("ca.crt", "CA");
  folder.write("namespace", "sluice-system");
  ::setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1", 1);
  ::setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  const kube::Config config = kube::in_cluster_config(folder.path());
  EXPECT_EQ(config.server, "https://10.96.0.1:443");
  EXPECT_EQ(config.token_file, folder.path() + "/token");
  EXPECT_EQ(config.namespace_name, "sluice-system");
}

TEST(InClusterConfig, GoesByNameWhereTheAddressIsIpv6) {
  const TemporaryFolder folder;
  folder.write("ca.crt", "CA");
  folder.write("namespace", "sluice-system");
  ::setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  ::setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  EXPECT_EQ(kube::in_cluster_config(folder.path()).server, "https://kubernetes.default.svc:443");
}

TEST(Base64, DecodesWithAndWithoutLineBreaks) {
  EXPECT_EQ(kube::base64_decode("aGVsbG8="), "hello");
  EXPECT_EQ(kube::base64_decode("aGVs\nbG8=\n"), "hello");
  EXPECT_EQ(kube::base64_decode(""), "");
  EXPECT_EQ(kube::base64_decode("AP8="), std::string("\0\xff", 2));
}

TEST(Base64, RefusesOtherText) {
  EXPECT_FALSE(kube::base64_decode("aGVsbG8"));
  EXPECT_FALSE(kube::base64_decode("aGV*bG8="));
  EXPECT_FALSE(kube::base64_decode("a==="));
  EXPECT_FALSE(kube::base64_decode("aG=sbG8="));
}

}  // namespace
