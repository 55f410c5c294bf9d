// migrator/cli/settings.h: what is said once for all verbs: flag beats environment beats `sluice.yaml` beside the
// migrations.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/report/event.h"
#include "migrator/cli/command.h"
#include "migrator/cli/render_history.h"
#include "migrator/postgres/target.h"
#include "migrator/run/pipeline.h"

namespace cli {

/// The flags every verb that looks at a database has, as typed; empty: not typed.
struct CommonFlags {
  std::string database = {}, migrations = {}, layout = {}, ledger = {}, backup_dir = {}, pg_bin = {}, output = {},
              file = {};
  bool yes = false, verbose = false;
};
void add_common(Command&, CommonFlags&);
/// Only --output, for verbs without a database.
void add_output(Command&, CommonFlags&);

/// The settings of one call. Nothing is read from the database.
class Settings {
 public:
  /// Reads environment, the resource (-f FILE or SLUICE_SPEC) and sluice.yaml. Throws PermanentError(kUsage) naming
  /// what is wrong and where it was said; all problems of a resource at once.
  explicit Settings(const CommonFlags&, Output fallback = Output::kText);

  /// Flag, else SLUICE_<NAME>, else sluice.yaml; empty: nowhere. DATABASE_URL counts as SLUICE_DATABASE_URL does, and
  /// sluice.yaml, only for what the resource leaves open.
  std::string value(const std::string& name, const std::string& flag) const;
  /// Folder, ledger, layout and backup folder filled in; the spec is the resource's or the defaults.
  run::Request request() const { return request_; }
  bool has_resource() const { return has_resource_; }
  /// A name that the start scripts of many services have used (guides D3, S11); empty where a resource says it all.
  std::string older(const std::string& name) const;
  /// Throws PermanentError(kUsage) when nothing says which database.
  postgres::Target target() const;
  Output output() const { return output_; }
  std::unique_ptr<report::EventSink> sink() const;

 private:
  Settings() = default;
  friend Output output_alone(const CommonFlags&);
  bool names_database() const { return !request_.spec.database.host.empty(); }
  void read_resource(const CommonFlags&);
  void read_file(const CommonFlags&);

  run::Request request_ = {};
  Output output_ = Output::kText;
  bool has_resource_ = false, verbose_ = false;
  std::string database_flag_ = {};
  std::map<std::string, std::string> file_ = {};  // sluice.yaml
};

/// For verbs that need no other setting: --output, else SLUICE_OUTPUT, else sluice.yaml, else text. Throws
/// PermanentError(kUsage) for another word.
Output output_alone(const CommonFlags&);

/// The output that a verb's words, the environment or sluice.yaml ask for, to say an error in, whatever else is wrong.
Output wanted_output(const std::vector<std::string>& words);

/// Throws PermanentError (kUsage).
[[noreturn]] void wrong(const std::string& message);

/// The environment's value; empty: not set.
std::string environment(const std::string& name);
/// "1", "true", "yes", "on" in any case. Throws PermanentError(kUsage) naming `name` for anything else but no and
/// empty.
bool is_yes(const std::string& name, const std::string& text);
/// Throws PermanentError(kUsage): not one of them.
spec::Layout layout_of(const std::string& word);
/// "table" or "schema.table".
spec::Ledger ledger_of(const std::string& text);
std::chrono::milliseconds duration_of(const std::string& name, const std::string& text);
std::string read_text_file(const std::string& path);

}  // namespace cli
