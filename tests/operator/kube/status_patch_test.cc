// What is sent of a status: the difference (operator-protocol, Status 4 says of which version).
#include "operator/kube/status_patch.h"

#include <gtest/gtest.h>

#include <random>

namespace {

using kube::Object;

Object random_value(std::mt19937& random, int depth) {
  switch (random() % (depth > 0 ? 4 : 2)) {
    case 0:
      return static_cast<int>(random() % 3);
    case 1:
      return random() % 2 == 0 ? "a" : "b";
    case 2:
      return Object::array({random_value(random, 0), random_value(random, depth - 1)});
    default: {
      Object object = Object::object();
      for (const char* key : {"x", "y", "z"}) {
        if (random() % 2 == 0) object[key] = random_value(random, depth - 1);
      }
      return object;
    }
  }
}

TEST(StatusPatch, MakesTheNewStatusOfAnyStoredOne) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const Object from = {{"run", random_value(random, 3)}, {"gone", random_value(random, 1)}};
    const Object to = {{"run", random_value(random, 3)}, {"came", random_value(random, 1)}};
    Object patched = from;
    patched.merge_patch(kube::merge_patch_between(from, to));
    EXPECT_EQ(patched, to) << from.dump() << " -> " << to.dump();
  }
}

TEST(StatusPatch, HoldsOnlyWhatChanged) {
  const Object from = {{"heads", {"001"}}, {"run", {{"attempt", 1}, {"code", 0}}}, {"target", "heads"}};
  const Object to = {{"heads", {"001"}}, {"run", {{"attempt", 2}}}, {"target", "heads"}};
  EXPECT_EQ(kube::merge_patch_between(from, to), Object({{"run", {{"attempt", 2}, {"code", nullptr}}}}));
}

TEST(StatusPatch, TakesAStatusThatIsNoneForAnEmptyOne) {
  EXPECT_EQ(kube::merge_patch_between(nullptr, {{"pending", 1}}), Object({{"pending", 1}}));
}

TEST(ValueAt, GoesThroughObjectsAndLists) {
  const Object object = {{"a", {{{"b", "found"}}, "second"}}, {"n", 1}};
  EXPECT_EQ(kube::text_at(object, "/a/0/b"), "found");
  EXPECT_EQ(kube::text_at(object, "/a/1"), "second");
  EXPECT_EQ(kube::value_at(object, "/n"), 1);
  EXPECT_EQ(kube::value_at(object, ""), object);
}

TEST(ValueAt, IsNullWhereAnyPartIsAbsent) {
  const Object object = {{"a", {{{"b", "found"}}}}, {"n", 1}, {"e", Object::object()}};
  for (const char* path : {"/x", "/a/1", "/a/b", "/a/-1", "/n/x", "/e/x/y", "/a/0/b/c", "/"}) {
    EXPECT_TRUE(kube::value_at(object, path).is_null()) << path;
    EXPECT_EQ(kube::text_at(object, path), "") << path;
  }
  EXPECT_EQ(kube::text_at(object, "/n"), "") << "a number is no text";
}

}  // namespace
