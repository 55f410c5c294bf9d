#include "operator/reconcile/specs.h"

#include <gtest/gtest.h>

namespace {

using reconcile::Specs;

const kube::ObjectName kShop{"team", "shop"};

reconcile::ReadSpec targeting(const std::string& target) {
  reconcile::ReadSpec read;
  read.resource.spec.target = target;
  return read;
}

TEST(KeptSpecs, AreOfOneGenerationOfOneResource) {
  Specs specs;
  specs.keep(kShop, "uid-1", 3, targeting("002"));
  ASSERT_TRUE(specs.find(kShop, "uid-1", 3));
  EXPECT_EQ(specs.find(kShop, "uid-1", 3)->resource.spec.target, "002");
  EXPECT_FALSE(specs.find(kShop, "uid-1", 4)) << "the spec was changed";
  EXPECT_FALSE(specs.find(kShop, "uid-2", 3)) << "another resource has the name now";
  EXPECT_FALSE(specs.find({"other", "shop"}, "uid-1", 3));
}

TEST(KeptSpecs, AreReplacedByTheNextGeneration) {
  Specs specs;
  specs.keep(kShop, "uid-1", 3, targeting("002"));
  specs.keep(kShop, "uid-1", 4, targeting("003"));
  EXPECT_FALSE(specs.find(kShop, "uid-1", 3));
  EXPECT_EQ(specs.find(kShop, "uid-1", 4)->resource.spec.target, "003");
}

TEST(KeptSpecs, AreForgottenWithTheResource) {
  Specs specs;
  specs.keep(kShop, "uid-1", 3, targeting("002"));
  specs.forget(kShop);
  EXPECT_FALSE(specs.find(kShop, "uid-1", 3));
}

}  // namespace
