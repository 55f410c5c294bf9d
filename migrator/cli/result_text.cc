#include "migrator/cli/result_text.h"

#include <cstdio>

#include "migrator/cli/sink.h"

namespace cli {

int print_result(const report::Result& result, Output output) {
  const int code = static_cast<int>(result.code);
  if (output == Output::kJson) {
    print(report::to_json(result) + "\n");
  } else if (code != 0) {
    std::fprintf(stderr, "exit %d: %s\n", code, result.message.c_str());
    if (!result.next.empty()) std::fprintf(stderr, "next: %s\n", result.next.c_str());
  } else {
    std::string heads;
    for (const std::string& head : result.heads) heads += (heads.empty() ? "; at " : ", ") + head;
    print(result.message + heads + "\n");
  }
  return code;
}

}  // namespace cli
