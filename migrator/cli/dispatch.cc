#include <cstdio>
#include <nlohmann/json.hpp>

#include "common/certificates.h"
#include "common/error.h"
#include "migrator/cli/arguments.h"
#include "migrator/cli/sealed.h"
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

/// As text on stderr, or as one JSON object on stdout for whoever asked for JSON.
int failed(const std::string& name, const Words& words, report::ExitCode code, const std::string& message,
           const std::string& next = "") {
  if (wanted_output(words) == Output::kText) {
    std::fprintf(stderr, "%s: %s\n%s", name.c_str(), message.c_str(), next.empty() ? "" : (next + "\n").c_str());
    return static_cast<int>(code);
  }
  nlohmann::ordered_json error = {
      {"code", static_cast<int>(code)}, {"reason", report::reason(code)}, {"message", message}, {"next", next}};
  print(error.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  return static_cast<int>(code);
}

int run(const Verb& verb, const Words& words) {
  const std::string name = std::string("sluice ") + verb.name;
  try {
    return verb.function(words);
  } catch (const UsageError& error) {
    return failed(name, words, report::ExitCode::kUsage, error.what(), "See: " + name + " --help");
  } catch (const Error& error) {
    return failed(name, words, error.code, error.what());
  } catch (const std::exception& error) {
    return failed(name, words, report::ExitCode::kInternal, std::string("internal error: ") + error.what());
  }
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
      {"repair", "take edited files of applied revisions as what was applied", repair},
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
  const Words arguments = take_arguments(argc, argv);
  seal_environment();
  std::string word = argc > 1 ? arguments[1] : "--help";
  if (word == "--help" || word == "-h" || word == "help") {
    print(overview());
    return argc > 1 ? 0 : static_cast<int>(report::ExitCode::kUsage);
  }
  if (word == "--version") word = "version";
  const Words words(arguments.begin() + 2, arguments.end());
  for (const Verb& verb : verbs()) {
    if (word != verb.name) continue;
    watch_signals();
    name_certificates();
    return run(verb, words);
  }
  return failed("sluice", words, report::ExitCode::kUsage, "unknown verb \"" + word + "\"; the verb comes first",
                "See: sluice --help");
}

}  // namespace cli
