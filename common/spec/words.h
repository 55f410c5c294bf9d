// common/spec/words.h: the words of each enum, for reading and writing alike.
#pragma once
#include <string_view>
#include <utility>

#include "common/spec/spec.h"

namespace spec::words {

template <typename E>
using Word = std::pair<E, std::string_view>;

inline constexpr Word<Layout> kLayout[] = {{Layout::kAuto, "auto"},
                                           {Layout::kSluice, "sluice"},
                                           {Layout::kNumbered, "numbered"},
                                           {Layout::kAlembic, "alembic"},
                                           {Layout::kGolangMigrate, "golang-migrate"},
                                           {Layout::kFlyway, "flyway"},
                                           {Layout::kDbmate, "dbmate"},
                                           {Layout::kGoose, "goose"}};
inline constexpr Word<TransactionScope> kTransaction[] = {{TransactionScope::kEach, "each"},
                                                          {TransactionScope::kAll, "all"}};
inline constexpr Word<OnBlocked> kOnBlocked[] = {
    {OnBlocked::kWait, "wait"}, {OnBlocked::kGiveUp, "giveUp"}, {OnBlocked::kTerminate, "terminate"}};
inline constexpr Word<BackupMode> kBackupMode[] = {
    {BackupMode::kNone, "none"}, {BackupMode::kFull, "full"}, {BackupMode::kSchema, "schema"}};
inline constexpr Word<BackupVerify> kBackupVerify[] = {{BackupVerify::kNone, "none"}, {BackupVerify::kList, "list"}};
inline constexpr Word<OnFailure> kOnFailure[] = {
    {OnFailure::kStop, "stop"}, {OnFailure::kDowngrade, "downgrade"}, {OnFailure::kRestore, "restore"}};
inline constexpr Word<Approval> kApproval[] = {
    {Approval::kNotRequired, "NotRequired"}, {Approval::kDestructive, "Destructive"}, {Approval::kAlways, "Always"}};
inline constexpr Word<Phase> kPhase[] = {{Phase::kExpand, "Expand"}, {Phase::kAll, "All"}};
inline constexpr Word<RunBy> kRunBy[] = {{RunBy::kOperator, "Operator"}, {RunBy::kPods, "Pods"}};

/// The word of `value`; every value of the enum has one.
template <typename E, std::size_t N>
constexpr std::string_view of(const Word<E> (&table)[N], E value) {
  for (const auto& [each, word] : table) {
    if (each == value) return word;
  }
  return {};
}

}  // namespace spec::words
