// migrator/cli/verbs.h: one function a verb, one file each. Words: what follows the verb. They return the exit code and
// throw Error for what ends them; dispatch() turns that into a message and a code.
#pragma once
#include <string>
#include <vector>

#include "migrator/cli/command.h"

namespace cli {

using Words = std::vector<std::string>;

int run_verb(const Words&);
int upgrade(const Words&);
int downgrade(const Words&);
int plan(const Words&);
int survey_verb(const Words&);
int current(const Words&);
int history(const Words&);
int heads(const Words&);
int show(const Words&);
int stamp(const Words&);
int repair(const Words&);
int wait(const Words&);
int check(const Words&);
int digest(const Words&);
int backup_verb(const Words&);
int restore(const Words&);
int install(const Words&);
int version(const Words&);
int completion(const Words&);

struct Verb {
  const char* name = "";
  const char* summary = "";
  int (*function)(const Words&) = nullptr;
};
/// In the order of `sluice --help`.
const std::vector<Verb>& verbs();

/// Finds the verb of argv and runs it. Nothing is built for the others: a pod start is mostly this.
int dispatch(int argc, char** argv);

}  // namespace cli
