#include "migrator/postgres/printer.h"

namespace postgres {

void Printer::print(const Message& message, std::size_t index) {
  std::string& text = *paper_.text;
  const Expected& one = message.expected[index];
  const bool is_last = index + 1 == message.expected.size();
  const std::size_t end = is_last ? message.text.size() : message.expected[index + 1].offset;
  text += one.title;
  text.append(message.text, one.offset, end - one.offset);
  text += "\n";
  if (one.statement != nullptr && one.statement->statement.copy_data) {
    const std::string_view rows = *one.statement->statement.copy_data;
    text += rows;
    text += rows.empty() || rows.back() == '\n' ? "\\.\n" : "\n\\.\n";
  }
  if (one.part == Part::kBegin) idle_ = false;
  if (one.part == Part::kCommit) idle_ = true;
  // The reset before let go of every key: a run's lock session isn't touched by it, the one session of psql is.
  if (one.part != Part::kKey) return;
  text += "SELECT pg_catalog.pg_try_advisory_lock(" + std::to_string(run_key_) + ") " + kOneSessionOnly + "\n;\n";
}

// Inside a transaction that makes what it asks about there is no answer yet: nothing is made for a print.
std::optional<Row> Printer::answer(const Message& message) {
  if (message.expected.size() > 1) return Row{Value()};
  if (paper_.look == nullptr) return std::nullopt;
  // What a probe found before is taken to be cleaned up since.
  const std::string query = message.text.substr(0, message.text.rfind("\n;"));
  const Rows rows = paper_.look->query(query + " OFFSET " + std::to_string(asked_[query]++));
  return rows.empty() ? std::nullopt : std::optional<Row>(rows[0]);
}

Reply Printer::send(const Message& message, std::string_view) {
  *paper_.text += "\n-- message " + std::to_string(++number_) + "\n";
  Reply reply;
  reply.results = message.expected.size();
  bool asks = false;
  for (std::size_t i = 0; i < message.expected.size(); ++i) {
    print(message, i);
    asks = asks || message.expected[i].part == Part::kProbe;
  }
  if (asks) reply.probed = answer(message);
  return reply;
}

}  // namespace postgres
