// What a user's tool prints, as others may see it (guides S13).
#include <gmock/gmock.h>

#include "migrator/run/tool_output.h"

namespace {

using testing::HasSubstr;

std::string shown(const std::vector<std::string>& lines) {
  run::ToolOutput output({"s3cret word", "", "other"});
  std::string all;
  for (const std::string& line : lines) all += output.shown(line) + "\n";
  return all;
}

TEST(ToolOutput, HidesEveryPasswordHoweverItIsWritten) {
  EXPECT_EQ(shown({"at s3cret word, s3cret%20word, s3cret+word and other"}), "at ***, ***, *** and ***\n");
}

TEST(ToolOutput, WithholdsWhatTheServerTellsOfRows) {
  for (const char* line :
       {"DETAIL:  Key (mail)=(marked) already exists.",
        "psycopg2.errors.UniqueViolation: duplicate key DETAIL:  Key (mail)=(marked) already exists.",
        "  detail: 'Key (mail)=(marked) already exists.',", "{\"detail\":\"Key (mail)=(marked)\"}",
        "{\\\"detail\\\": \\\"marked\\\"}", "DÉTAIL : La clé « (mail)=(marked) » existe déjà.",
        "ПОДРОБНОСТИ:  Ключ \"(mail)=(marked)\" уже существует.", "Key (mail)=(marked) already exists",
        "ERROR: x: Failing row contains (1, marked).", "[parameters: {'mail': 'marked'}]",
        "INFO sqlalchemy.engine.Engine [generated in 0.0001s] ('marked',)",
        "INFO sqlalchemy.engine.Engine [raw sql] ('marked',)"}) {
    EXPECT_THAT(shown({line}), AllOf(Not(HasSubstr("marked")), HasSubstr("(withheld: may hold values of rows)")));
  }
}

TEST(ToolOutput, WithholdsItToTheEndOfItsSentence) {
  const std::string text = shown({"DETAIL:  Failing row contains (1, two", "marked", "", "marked).", "HINT:  try it"});
  EXPECT_THAT(text, Not(HasSubstr("marked")));
  EXPECT_THAT(text, HasSubstr("\nHINT:  try it\n"));
  EXPECT_THAT(shown({"[parameters: ('two', 'marked'", " 'marked')]", "goes on"}),
              AllOf(Not(HasSubstr("marked")), HasSubstr("\ngoes on\n")));
}

TEST(ToolOutput, LeavesTheRestAsItIs) {
  for (const char* line :
       {"INFO  [alembic.runtime.migration] Running upgrade 3f2a9c -> 81bd07, details of users", "",
        "sqlalchemy.exc.IntegrityError: (psycopg2.errors.UniqueViolation) duplicate key value violates unique "
        "constraint \"users_mail_key\"",
        "[SQL: INSERT INTO users (mail) VALUES (%(mail)s)]"}) {
    EXPECT_EQ(shown({line}), std::string(line) + "\n");
  }
}

}  // namespace
