// Answers of the API server are read without metadata.managedFields, wherever they stand.
#include "operator/kube/read_json.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using kube::Object;
using nlohmann::literals::operator""_json_pointer;

const std::string kManaged = R"([{"manager": "a \"]", "fieldsV1": {"f:spec": {"f:list": ["x", "]"]}}}])";

Object read(const std::string& text) { return kube::read_object(text).value_or(Object()); }

TEST(ReadJson, DropsManagedFieldsInTheMiddle) {
  EXPECT_EQ(read(R"({"metadata": {"a": 1, "managedFields": )" + kManaged + R"(, "name": "x"}})"),
            Object({{"metadata", {{"a", 1}, {"name", "x"}}}}));
}

TEST(ReadJson, DropsManagedFieldsAtTheBeginning) {
  EXPECT_EQ(read(R"({"metadata":{"managedFields":)" + kManaged + R"(,"name":"x"}})"),
            Object({{"metadata", {{"name", "x"}}}}));
}

TEST(ReadJson, DropsManagedFieldsAtTheEnd) {
  EXPECT_EQ(read(R"({"metadata":{"name":"x","managedFields":)" + kManaged + R"(},"spec":{}})"),
            Object({{"metadata", {{"name", "x"}}}, {"spec", Object::object()}}));
}

TEST(ReadJson, DropsManagedFieldsOfPrettyText) {
  EXPECT_EQ(read("{\n \"metadata\": {\n  \"name\": \"x\",\n  \"managedFields\" : " + kManaged + "\n }\n}"),
            Object({{"metadata", {{"name", "x"}}}}));
}

TEST(ReadJson, DropsManagedFieldsThatStandAlone) {
  EXPECT_EQ(read(R"({"metadata":{"managedFields":[]}})"), Object({{"metadata", Object::object()}}));
}

TEST(ReadJson, KeepsAKeyOfThatNameElsewhere) {
  const std::string text = R"({"managedFields":[1],"spec":{"template":{"managedFields":[2]}}})";
  EXPECT_EQ(read(text), Object::parse(text));
}

TEST(ReadJson, KeepsTextThatOnlyLooksLikeManagedFields) {
  const Object object{{"data", {{"k", R"("managedFields":[1])"}, {R"(\)", "managedFields"}, {"a", "}]"}}}};
  EXPECT_EQ(read(object.dump()), object);
}

TEST(ReadJson, KeepsAValueThatIsNoList) {
  const std::string text = R"({"metadata":{"managedFields":null,"name":"x"}})";
  EXPECT_EQ(read(text), Object::parse(text));
}

TEST(ReadJson, RefusesTextThatWasCutOff) {
  const std::string whole = R"({"metadata":{"managedFields":[{"manager":"\\"}],"name":"x"}})";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(kube::read_object(whole.substr(0, length))) << whole.substr(0, length);
  }
}

TEST(ReadJson, DropsManagedFieldsOfEachItemOfAList) {
  const std::string item = R"({"metadata":{"name":"x","managedFields":)" + kManaged + "}}";
  const std::optional<kube::List> list = kube::read_list(
      R"({"metadata":{"resourceVersion":"7"},"items":[)" + item + "," + item + "]}", kube::types::config_map());
  ASSERT_TRUE(list && list->items.size() == 2);
  EXPECT_EQ(list->items[1].at("metadata"), Object({{"name", "x"}}));
}

TEST(ReadJson, DropsManagedFieldsOfAWatchedObject) {
  const kube::WatchLine line = kube::read_watch_line(
      R"({"type":"ADDED","object":{"metadata":{"name":"x","managedFields":)" + kManaged + "}}}", kube::types::pod());
  ASSERT_TRUE(line.event);
  EXPECT_EQ(line.event->object.at("metadata"), Object({{"name", "x"}}));
}

int depth_of(const Object& value) {
  if (!value.is_structured()) return 0;
  int deepest = 0;
  for (const Object& each : value) deepest = std::max(deepest, depth_of(each));
  return deepest + 1;
}

// Fields that the API server keeps as they were sent may be ten thousand deep, which no stack bears that copies them.
TEST(ReadJson, ReadsWhatIsNestedTooDeeplyAsNull) {
  std::string deep = "1";
  for (int i = 0; i < 5000; ++i) deep = "{\"a\":[\"]\"," + deep + "]}";
  const Object object = read(R"({"metadata":{"name":"x"},"spec":{"deep":)" + deep + R"(,"next":[{}]},"status":{}})");
  EXPECT_EQ(object.value("/metadata/name"_json_pointer, ""), "x");
  EXPECT_EQ(object.at("/spec/next"_json_pointer), Object::parse("[{}]"));
  EXPECT_TRUE(object.contains("status"));
  EXPECT_LE(depth_of(object), 100);
}

TEST(ReadJson, RefusesDeepTextThatWasCutOff) { EXPECT_FALSE(kube::read_object(std::string(5000, '['))); }

TEST(ReadJson, CutsALongMessageAtAWholeLetter) {
  std::string letters = "a";
  for (int i = 0; i < 300; ++i) letters += "ä";
  EXPECT_NO_THROW(static_cast<void>(Object(kube::status_message(letters)).dump()));
}

}  // namespace
