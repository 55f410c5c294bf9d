#include <cstdio>
#include <cstring>

#include "common/error.h"
#include "migrator/cli/settings.h"
#include "migrator/cli/signals.h"
#include "migrator/cli/sink.h"
#include "migrator/cli/verbs.h"

namespace cli {
namespace {

std::string overview() {
  std::string text =
      "sluice takes a PostgreSQL database from one revision to the next.\n\nUsage: sluice VERB [flags]\n\n";
  for (const Verb& verb : verbs()) {
    std::string line = std::string("  ") + verb.name;
    line.append(14 - line.size(), ' ');
    text += line + verb.summary + "\n";
  }
  return text +
         "\nA laptop needs no more than: sluice upgrade heads --migrations db --database \"$URL\"\n"
         "More of each verb, with examples: sluice VERB --help. Exit codes: docs/exit-codes.md.\n";
}

int unknown(const std::string& word) {
  std::fprintf(stderr, "sluice: unknown verb \"%s\"; the verb comes first. See: sluice --help\n", word.c_str());
  return static_cast<int>(report::ExitCode::kUsage);
}

}  // namespace

const std::vector<Verb>& verbs() {
  static const std::vector<Verb> all = {
      {"run", "the whole run: lock, backup, apply, checks, going back (Jobs, init containers, CI)", run_verb},
      {"upgrade", "apply what is pending, up to a target", upgrade},
      {"downgrade", "undo revisions by their down scripts", downgrade},
      {"plan", "what a run would do; changes nothing", plan},
      {"survey", "heads, what is pending, and answers about revisions; changes nothing", survey_verb},
      {"current", "where the database stands", current},
      {"history", "all revisions, newest first, applied ones marked", history},
      {"heads", "the newest revision of each branch", heads},
      {"show", "one revision in full", show},
      {"stamp", "say where a database stands without running anything", stamp},
      {"wait", "wait until the database has a revision (init containers of applications)", wait},
      {"check", "run http and tcp checks, without a database", check},
      {"digest", "the digest of a folder of migrations, written to sluice.sum", digest},
      {"backup", "take a backup now, or list backups", backup_verb},
      {"restore", "put a backup back", restore},
      {"install", "copy sluice and its tools into a folder", install},
      {"completion", "completion script for bash, zsh or fish", completion},
      {"version", "which build this is", version},
  };
  return all;
}

int dispatch(int argc, char** argv) {
  const std::string word = argc > 1 ? argv[1] : "--help";
  if (word == "--help" || word == "-h" || word == "help") {
    print(overview());
    return argc > 1 ? 0 : static_cast<int>(report::ExitCode::kUsage);
  }
  if (word == "--version") return version({});
  for (const Verb& verb : verbs()) {
    if (word != verb.name) continue;
    watch_signals();
    try {
      return verb.function(Words(argv + 2, argv + argc));
    } catch (const Error& error) {
      std::fprintf(stderr, "sluice %s: %s\n", verb.name, error.what());
      return static_cast<int>(error.code);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "sluice %s: internal error: %s\n", verb.name, error.what());
      return static_cast<int>(report::ExitCode::kInternal);
    }
  }
  return unknown(word);
}

}  // namespace cli
