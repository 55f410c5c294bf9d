// http and https URLs, taken apart.
#include "migrator/checks/url.h"

#include <gtest/gtest.h>

namespace checks {
namespace {

TEST(CheckUrl, HasADefaultPortAndPath) {
  const Url url = parse_url("http://api.example").value();
  EXPECT_EQ(url.host, "api.example");
  EXPECT_EQ(url.port, "80");
  EXPECT_EQ(url.target, "/");
  EXPECT_EQ(parse_url("https://api.example").value().port, "443");
}

TEST(CheckUrl, KeepsPortPathAndQuery) {
  const Url url = parse_url("https://api:8443/health?deep=1#part").value();
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.port, "8443");
  EXPECT_EQ(url.target, "/health?deep=1");
  EXPECT_EQ(url.host_header, "api:8443");
}

TEST(CheckUrl, UnderstandsAddressesOfVersion6) {
  const Url url = parse_url("http://[::1]:8080/x").value();
  EXPECT_EQ(url.host, "::1");
  EXPECT_EQ(url.port, "8080");
  EXPECT_EQ(parse_url("http://[::1]").value().port, "80");
}

TEST(CheckUrl, IsShownWithoutItsQuery) {
  EXPECT_EQ(parse_url("http://api/health?token=secret").value().shown, "http://api/health");
}

TEST(CheckUrl, PutsASlashBeforeABareQuery) { EXPECT_EQ(parse_url("http://api?x").value().target, "/?x"); }

TEST(CheckUrl, RefusesWhatIsNotOne) {
  for (const char* text :
       {"", "api/health", "ftp://api/", "http://", "http://:80/", "http://api:0/", "http://api:99999/", "http://api:x/",
        "http://[::1/", "http://user:secret@api/", "http://api/a b", "http://api/\r\nHost: other"})
    EXPECT_FALSE(parse_url(text).has_value()) << text;
}

}  // namespace
}  // namespace checks
