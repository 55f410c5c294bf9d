#include "tests/support/pair_writer.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>

namespace support {
namespace {

constexpr const char* kWriter = R"sh(
tried=0
while [ ! -e "$STOP" ]; do
  i=0
  while [ $i -lt 200 ] && [ ! -e "$STOP" ]; do
    i=$((i + 1))
    n=$((tried + i))
    printf 'begin; insert into left_half values (%d); insert into right_half values (%d); commit;\n' $n $n
    printf '\\echo committed %d\n' $n
  done | psql -Xq -v ON_ERROR_STOP=1 -d "$URL"
  tried=$((tried + 200))
done
)sh";

std::set<int> numbers_in(const std::string& text) {
  std::set<int> numbers;
  std::istringstream words(text);
  for (std::string word; words >> word;)
    if (word != "committed") numbers.insert(std::stoi(word));
  return numbers;
}

std::set<int> numbers_of(const std::string& url, const std::string& table) {
  return numbers_in(PostgresServer::psql(url, "select n from " + table));
}

}  // namespace

void PairWriter::make_tables(const std::string& url) {
  PostgresServer::psql(url,
                       "create table left_half (n int primary key); create table right_half (n int primary key);"
                       "insert into left_half values (0); insert into right_half values (0)");
}

std::set<int> PairWriter::pairs(const std::string& url) {
  const std::set<int> left = numbers_of(url, "left_half"), right = numbers_of(url, "right_half");
  EXPECT_EQ(left, right) << "half a pair";
  return left;
}

PairWriter::PairWriter(const std::string& url)
    : url_(url), program_({"sh", "-c", kWriter}, {"STOP=" + folder_.path() + "/stop", "URL=" + url}) {}

PairWriter::~PairWriter() { stop(); }

void PairWriter::stop() {
  if (!told_.empty()) return;
  folder_.write("stop", "");
  told_ = program_.wait().out + "committed 0\n";
}

bool PairWriter::goes_on() const {
  const std::string last = PostgresServer::psql(url_, "select max(n) from right_half");
  return eventually(
      [&] { return PostgresServer::psql(url_, "select count(*) >= 20 from right_half where n > " + last) == "t"; });
}

std::string PairWriter::fate() {
  stop();
  const std::set<int> there = pairs(url_);
  std::map<int, bool> all;
  for (const int number : numbers_in(told_)) all[number] = false;
  for (const int number : there) all[number] = true;
  std::string told;
  for (auto each = all.begin(); each != all.end();) {
    const bool kept = each->second;
    int count = 0;
    for (; each != all.end() && each->second == kept; ++each) ++count;
    told += (told.empty() ? "" : ", ") + std::string(kept ? "kept " : "lost ") + std::to_string(count);
  }
  return told;
}

}  // namespace support
