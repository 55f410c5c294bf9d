// common/spec/spec.h: the spec of a DatabaseMigration as C++ types. docs/resource.md describes each field for users.
#pragma once
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace spec {

/// A key of a Secret in the resource's own namespace. Only ever resolved by the kubelet, as environment.
struct SecretKeyRef {
  std::string name = {};
  std::string key = {};
  bool operator==(const SecretKeyRef&) const = default;
};

struct Database {
  std::optional<SecretKeyRef> url_from = {};  // either this…
  std::string host = {};
  int port = 5432;
  std::string name = {};  // …or these
  std::optional<SecretKeyRef> user_from = {}, password_from = {};
  std::string ssl_mode = {};  // empty: libpq's default; disable…verify-full
  std::optional<SecretKeyRef> ssl_root_cert_from = {};
  std::optional<SecretKeyRef> maintenance_url_from =
      {};  // role that may create and rename databases, for restore by swap
  bool operator==(const Database&) const = default;
};

struct ImageSource {
  std::string reference = {};
  std::string path = {};
  std::string pull_policy = {};
  std::vector<std::string> pull_secrets = {};
  bool operator==(const ImageSource&) const = default;
};

enum class Layout { kAuto, kSluice, kNumbered, kAlembic, kGolangMigrate, kFlyway, kDbmate, kGoose };

struct Migrations {                           // exactly one source
  std::vector<std::string> config_maps = {};  // joined; a key in two of them is an error
  std::optional<ImageSource> image = {};
  std::optional<nlohmann::json> volume = {};             // a Kubernetes volume source (PVC, emptyDir, CSI)
  std::string volume_path = {};                          // folder inside the volume
  std::map<std::string, std::string> inline_files = {};  // name -> text
  Layout layout = Layout::kAuto;
  std::vector<std::string> command = {};  // with image: the user's own tool (tool mode)
  bool operator==(const Migrations&) const = default;
};

struct Ledger {
  std::string table = "alembic_version";
  std::string schema = "public";
  bool operator==(const Ledger&) const = default;
};

enum class TransactionScope { kEach, kAll };
enum class OnBlocked { kWait, kGiveUp, kTerminate };
struct Apply {
  TransactionScope transaction = TransactionScope::kEach;
  std::chrono::milliseconds lock_timeout{5000};    // of a statement waiting for a table lock
  std::chrono::milliseconds lock_wait{600000};     // for the run's own advisory lock
  std::chrono::milliseconds statement_timeout{0};  // 0: none
  OnBlocked on_blocked = OnBlocked::kWait;
  bool operator==(const Apply&) const = default;
};

enum class BackupMode { kNone, kFull, kSchema };
enum class BackupVerify { kNone, kList };
struct Backup {
  BackupMode mode = BackupMode::kNone;
  std::optional<nlohmann::json> volume = {};
  int keep = 5;
  BackupVerify verify = BackupVerify::kList;
  bool accept_lost_writes = false;  // permission to lose what others wrote since the backup
  bool operator==(const Backup&) const = default;
};

struct HttpCheck {
  std::string url = {};
  int status = 200;
  std::map<std::string, std::string> headers = {};
  bool operator==(const HttpCheck&) const = default;
};
struct TcpCheck {
  std::string host = {};
  int port = 0;
  bool operator==(const TcpCheck&) const = default;
};
struct Check {  // exactly one of sql, http, tcp, tables, heads
  std::string name = {};
  std::string sql = {};  // must return one row, one column, true
  std::optional<HttpCheck> http = {};
  std::optional<TcpCheck> tcp = {};
  std::vector<std::string> tables = {};      // must exist
  std::vector<std::string> heads = {};       // the ledger's heads must equal these
  std::chrono::milliseconds timeout{10000};  // of one attempt
  int retries = 0;                           // further attempts
  std::chrono::milliseconds interval{2000};  // between attempts
  bool operator==(const Check&) const = default;
};
struct Checks {
  std::vector<Check> before = {}, after = {};
  bool operator==(const Checks&) const = default;
};

enum class OnFailure { kStop, kDowngrade, kRestore };
enum class Approval { kNotRequired, kDestructive, kAlways };
enum class Phase { kExpand, kAll };
enum class RunBy { kOperator, kPods };
struct Dependency {
  std::string name = {};
  std::string namespace_name = {};
  bool operator==(const Dependency&) const = default;
};
struct Consumer {
  nlohmann::json selector = {};
  bool operator==(const Consumer&) const = default;
};
struct Retry {
  int limit = 6;
  std::chrono::milliseconds backoff{10000};
  bool operator==(const Retry&) const = default;
};

/// Everything under `spec:`. Written by the user; the operator never changes it.
struct DatabaseMigrationSpec {
  Database database = {};
  Migrations migrations = {};
  std::string target = "heads";
  Ledger ledger = {};
  Apply apply = {};
  Backup backup = {};
  Checks checks = {};
  OnFailure on_failure = OnFailure::kStop;
  Approval approval = Approval::kNotRequired;
  bool suspend = false;
  std::vector<Dependency> depends_on = {};
  Phase phase = Phase::kAll;
  RunBy run_by = RunBy::kOperator;
  std::vector<Consumer> consumers = {};
  std::chrono::milliseconds resync{0};
  Retry retry = {};
  nlohmann::json pod_template = {};  // validated against the allow-list (operator-protocol, Trust 2)
  bool operator==(const DatabaseMigrationSpec&) const = default;
};

/// One thing wrong with a spec: the field's path ("spec.migrations.image.path") and a sentence that says what to do.
struct Problem {
  std::string path = {};
  std::string message = {};
  bool operator==(const Problem&) const = default;
};

/// A whole resource, as in a file for `sluice run -f` or as the API server gives it.
struct DatabaseMigration {
  std::string name = {}, namespace_name = {};
  DatabaseMigrationSpec spec = {};
  bool operator==(const DatabaseMigration&) const = default;
};

struct Parsed {
  DatabaseMigration resource = {};     // meaningful only where problems is empty
  std::vector<Problem> problems = {};  // all of them at once, in the order of docs/resource.md
};

/// Reads and validates. Never throws for bad input: everything wrong is a Problem (unknown fields included).
[[nodiscard]] Parsed parse_yaml(const std::string& text);
[[nodiscard]] Parsed parse_json(const nlohmann::json& document);

/// The spec in JSON as the API has it; defaults are written out. parse_json(to_json(x)) == x.
nlohmann::json to_json(const DatabaseMigration&);

/// One line a problem: "spec.target: must not be empty".
std::string describe(const std::vector<Problem>&);

/// "5s", "10m", "1h30m", "250ms", "0s"; none: not a duration.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(const std::string& text);
std::string format_duration(std::chrono::milliseconds);

}  // namespace spec
