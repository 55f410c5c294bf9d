// tests/support/pair_writer.h: another application at work on a database, of which can be told afterwards what became
// of each thing that it wrote.
#pragma once
#include <set>
#include <string>

#include "tests/support/postgres_server.h"

namespace support {

/// Writes the numbers 1, 2, 3, …, each into both tables left_half and right_half, one transaction each, many on one
/// connection. Cut off, it connects again and goes on behind the numbers that it had tried.
class PairWriter {
 public:
  /// Makes both tables, with pair 0 in them.
  static void make_tables(const std::string& url);
  /// The numbers in a database; a failure of the test where one is in one of the tables only.
  static std::set<int> pairs(const std::string& url);

  explicit PairWriter(const std::string& url);
  ~PairWriter();
  PairWriter(const PairWriter&) = delete;
  PairWriter& operator=(const PairWriter&) = delete;

  /// Waits until 20 pairs more than are there now have come to be in the database.
  bool goes_on() const;
  /// Stops it, and says what became of the pairs whose COMMIT it saw succeed, pair 0 first: "kept 1, lost 70, kept 31".
  std::string fate();

 private:
  void stop();

  std::string url_;
  TemporaryFolder folder_ = {};
  Program program_;
  std::string told_ = {};  // what it said, once stopped
};

}  // namespace support
