// migrator/postgres/printer.h: the wire that is paper: messages as text that psql runs too (`--sql`; guides E7).
// Private to this folder.
#pragma once
#include <cstdint>
#include <map>
#include <string>

#include "migrator/postgres/apply.h"
#include "migrator/postgres/wire.h"

namespace postgres {

/// Every statement stands as it would be sent, COPY data after its own. Each message is taken to have succeeded; probes
/// are answered by Paper's session.
class Printer final : public Wire {
 public:
  Printer(const Paper& paper, std::int64_t run_key) : paper_(paper), run_key_(run_key) {}
  Reply send(const Message&, std::string_view script) override;
  bool is_idle() const override { return idle_; }
  bool was_cancelled() const override { return false; }
  sql::Dialect dialect() const override { return paper_.dialect; }
  void cancel() override {}

 private:
  void print(const Message&, std::size_t index);
  std::optional<Row> answer(const Message&);

  Paper paper_;
  std::int64_t run_key_;
  int number_ = 0;
  bool idle_ = true;
  std::map<std::string, int> asked_ = {};  // how often, by query
};

}  // namespace postgres
