// --help of every verb, held as golden files: what users read is reviewed like code.
#include <gmock/gmock.h>

#include "tests/support/golden.h"
#include "tests/support/postgres_server.h"

using support::binary;
using support::expect_golden;
using support::Finished;
using support::run_program;
using testing::HasSubstr;

class Help : public testing::TestWithParam<const char*> {};

TEST_P(Help, IsAsReviewed) {
  const Finished help = run_program({binary("sluice"), GetParam(), "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("Examples:"));
  expect_golden(std::string("cli/help/") + GetParam() + ".txt", help.out);
}
INSTANTIATE_TEST_SUITE_P(Verbs, Help,
                         testing::Values("run", "upgrade", "downgrade", "plan", "survey", "current", "history", "heads",
                                         "show", "stamp", "repair", "wait", "check", "digest", "backup", "restore",
                                         "install", "completion", "version"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST(Overview, ListsTheVerbs) {
  const Finished help = run_program({binary("sluice"), "--help"});
  EXPECT_EQ(help.code, 0);
  expect_golden("cli/help/sluice.txt", help.out);
}

TEST(Completion, IsAsReviewed) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Finished script = run_program({binary("sluice"), "completion", shell});
    EXPECT_EQ(script.code, 0);
    expect_golden(std::string("cli/completion/") + shell + ".txt", script.out);
  }
}

TEST(Completion, IsWhatBashUnderstands) {
  const Finished script = run_program({"bash", "-c",
                                       "eval \"$(" + binary("sluice") +
                                           " completion bash)\"; COMP_WORDS=(sluice up); COMP_CWORD=1;"
                                           " _sluice; echo \"${COMPREPLY[@]}\""});
  EXPECT_EQ(script.out, "upgrade\n") << script.err;
}

TEST(Usage, IsToldWhenTheVerbIsUnknown) {
  const Finished run = run_program({binary("sluice"), "upgarde"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("upgarde"));
}

TEST(Usage, IsToldWhenAFlagIsUnknown) {
  const Finished run = run_program({binary("sluice"), "upgrade", "--hurry"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.err, HasSubstr("--hurry"));
}
