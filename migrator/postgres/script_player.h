// migrator/postgres/script_player.h: plays a long script statement by statement, COPY data included, over plain libpq.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "migrator/postgres/session.h"

namespace postgres {

/// One session for a restore. Everything can be cancelled from inside: `cancelled` is asked while waiting.
/// Errors of all functions: as Session's; TransientError(kCancelled) when cancelled; TransientError when the connection
/// is lost, InDoubtError when it is lost during `commit()`. Messages hold no DETAIL, no CONTEXT, no values.
class ScriptPlayer {
 public:
  ScriptPlayer(const Target&, const Settings&, std::function<bool()> cancelled);
  ScriptPlayer(ScriptPlayer&&) noexcept;
  ~ScriptPlayer();

  int server_version() const;
  /// Any number of statements; their rows are dropped.
  void execute(const std::string& statements);
  /// RESET ALL, to the settings it was opened with.
  void reset_settings();
  /// One statement with its rows.
  Rows query(const std::string& statement);
  /// COMMIT; raises when the transaction had already failed (the server would answer ROLLBACK).
  void commit();
  /// COPY … FROM STDIN, its rows in pieces of any size, its end.
  void begin_copy(const std::string& statement);
  void copy_data(std::string_view rows);
  void end_copy();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace postgres
