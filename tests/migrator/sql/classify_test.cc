// What a statement is (run-protocol, "A non-transactional step" 2, found on PostgreSQL 15).
#include <gmock/gmock.h>

#include "migrator/sql/statement.h"

namespace {

TEST(Classify, KnowsWhatCannotRunInATransaction) {
  for (const char* statement : {"create database x",
                                "DROP DATABASE x",
                                "alter database x set tablespace y",
                                "create tablespace x location '/'",
                                "drop tablespace x",
                                "alter system set a = 1",
                                "vacuum",
                                "vacuum full t",
                                "cluster",
                                "cluster verbose",
                                "reindex database x",
                                "reindex system x",
                                "reindex schema s",
                                "reindex (verbose) schema s",
                                "reindex table concurrently t",
                                "reindex (concurrently) table t",
                                "create index concurrently i on t (a)",
                                "create unique index concurrently if not exists i on t (a)",
                                "drop index concurrently i",
                                "alter table p detach partition c concurrently",
                                "create subscription s connection 'x' publication p",
                                "discard all",
                                "commit prepared 'x'",
                                "rollback prepared 'x'",
                                "drop subscription s",
                                "alter subscription s refresh publication",
                                "do $$ begin delete from t; commit; end $$"}) {
    EXPECT_TRUE(sql::classify(statement).outside_transaction) << statement;
  }
}

TEST(Classify, KnowsWhatMayRunInATransaction) {
  for (const char* statement :
       {"analyze", "refresh materialized view concurrently v", "checkpoint", "alter type t add value 'x'",
        "cluster t using i", "reindex table t", "create index i on t (a)", "drop index i",
        "alter table p detach partition c", "create subscription s connection 'x' publication p with (connect = false)",
        "discard temp", "alter database x set work_mem = 1", "create table concurrently (a int)",
        "do $$ begin create temp table x (a int) on commit drop; end $$", "select 'vacuum'"}) {
    EXPECT_FALSE(sql::classify(statement).outside_transaction) << statement;
  }
}

// run-protocol, A non-transactional step 2: it stands in the catalog whether the table is partitioned, the procedure
// commits.
TEST(Classify, KnowsWhatMayRefuseATransactionAsTheCatalogSays) {
  for (const char* statement :
       {"reindex table t", "reindex (verbose) index i", "cluster t using i", "cluster verbose t", "call s.p(1)",
        "do $$ begin call p(); end $$", "do language plpgsql $a$ begin do 'begin commit; end'; end $a$",
        "do $$ begin x() end $$ language plpython3u", "do 'begin commit; end'"}) {
    EXPECT_TRUE(sql::classify(statement).may_refuse_transaction) << statement;
    EXPECT_FALSE(sql::classify(statement).outside_transaction) << statement;
  }
}

TEST(Classify, KnowsABlockThatCannotEndItsTransaction) {
  for (const char* statement :
       {"do $$ begin insert into t values (1) on conflict do nothing; execute 'call p()'; end $$",
        "do language plpgsql $$ begin create temp table x (a int) on commit drop; end $$",
        "do $$ begin null; end $$ language \"plpgsql\""}) {
    EXPECT_FALSE(sql::classify(statement).may_refuse_transaction) << statement;
  }
}

TEST(Classify, TakesAddValueOutOfATransactionBeforePostgres12) {
  EXPECT_TRUE(sql::classify("alter type t add value 'x'", {.server_version = 110000}).outside_transaction);
}

TEST(Classify, KnowsTransactionControl) {
  for (const char* statement : {"begin", "BEGIN ISOLATION LEVEL SERIALIZABLE", "start transaction", "commit",
                                "end work", "rollback", "abort", "prepare transaction 'x'", "commit and chain"}) {
    EXPECT_TRUE(sql::classify(statement).transaction_control) << statement;
  }
  for (const char* statement : {"savepoint a", "rollback to a", "rollback work to savepoint a", "release a"}) {
    EXPECT_FALSE(sql::classify(statement).transaction_control) << statement;
    EXPECT_TRUE(sql::classify(statement).savepoint) << statement;
  }
}

TEST(Classify, NamesTheIndexAndTableOfAConcurrentBuild) {
  const sql::Traits traits =
      sql::classify("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"I\"\"x\" ON ONLY S.\"T\" (a)");
  EXPECT_EQ(traits.probe, sql::ProbeKind::kCreateIndexConcurrently);
  EXPECT_EQ(traits.object_name, "I\"x");
  EXPECT_EQ(traits.table_schema, "s");
  EXPECT_EQ(traits.table_name, "T");
  EXPECT_FALSE(traits.unnamed_index);
}

TEST(Classify, SeesThatAConcurrentIndexHasNoName) {
  EXPECT_TRUE(sql::classify("create index concurrently on t (a)").unnamed_index);
}

TEST(Classify, NamesWhatADetachAndADropAreAbout) {
  const sql::Traits detach = sql::classify("alter table only s.p detach partition s.c concurrently");
  EXPECT_EQ(detach.object_name, "p");
  EXPECT_EQ(detach.table_name, "c");
  EXPECT_EQ(sql::classify("drop index concurrently if exists s.i").object_name, "i");
}

TEST(Classify, KnowsWhatLosesData) {
  for (const char* statement : {"drop table t",
                                "drop schema s",
                                "alter table t drop column a",
                                "alter table t drop a, add b int",
                                "alter table t add b int, drop if exists a",
                                "truncate t",
                                "delete from t",
                                "update t set a = 1",
                                "drop type t cascade",
                                "update t set a = (select 1 where true)",
                                "delete from t where a",
                                "drop extension e",
                                "with gone as (delete from t where a returning *) insert into u select * from gone",
                                "with a as (select 1 where true) update t set a = 1",
                                "with a as (update t set a = 1) select 1 where true",
                                "merge into t using u on t.a = u.a when matched then delete",
                                "explain analyze update t set a = 1",
                                "merge into t using u on t.a = u.a when not matched by source and t.b then delete",
                                "alter table t alter column a type int",
                                "alter table t alter a set data type int using a::int",
                                "alter table only s.t add b int, alter c type text",
                                "alter type t alter attribute a type int",
                                "alter type t add attribute b int, drop attribute a",
                                "copy (delete from t returning a) to stdout",
                                "do $$ begin delete from t where a; end $$",
                                "do $a$ begin if x then drop table t; end if; end $a$",
                                "do $$ begin truncate t; end $$",
                                "do $$ begin alter table t drop column a; end $$"}) {
    EXPECT_TRUE(sql::classify(statement).destructive) << statement;
  }
}

TEST(Classify, KnowsWhatKeepsData) {
  for (const char* statement : {"alter table t drop constraint c",
                                "alter table t alter column a drop not null",
                                "alter table t alter type drop default",
                                "alter table t alter column a set statistics 5",
                                "alter table t add foreign key (a) references u on delete cascade on update cascade",
                                "update t set a = 1 where b",
                                "with a as (select 1) update t set a = 1 where b",
                                "with a as (update t set a = 1 where b) select * from a for update",
                                "drop index i",
                                "drop view v",
                                "insert into t select 1",
                                "insert into t values (1) on conflict (a) do update set a = 2",
                                "drop function f()",
                                "merge into t using u on t.a = u.a when matched then update set b = 1",
                                "grant delete, truncate on t to r",
                                "create trigger g before delete or truncate on t execute function f()",
                                "alter type t add value 'x'",
                                "create function f() returns void begin atomic delete from t; end",
                                "select 'delete from t'",
                                "create rule r as on delete to v do instead delete from t where a = old.a",
                                "do $$ begin insert into t values (1); drop index i; end $$"}) {
    EXPECT_FALSE(sql::classify(statement).destructive) << statement;
  }
}

TEST(Classify, SeesWhatChangesHowTheRestIsRead) {
  for (const char* statement : {"set standard_conforming_strings = off", "set local client_encoding to 'LATIN1'",
                                "set names 'latin1'", "select set_config('client_encoding', 'LATIN1', false)"}) {
    EXPECT_TRUE(sql::classify(statement).changes_lexing) << statement;
  }
  EXPECT_FALSE(sql::classify("select pg_catalog.set_config('search_path', '', false)").changes_lexing);
}

TEST(Classify, ReadsStringsAsItsSessionDoes) {
  constexpr const char* kStatement = "select 'x\\' delete from t'";
  EXPECT_TRUE(sql::classify("select 'x\\' delete from t").destructive);
  EXPECT_FALSE(sql::classify(kStatement, {.standard_strings = false}).destructive);
}

TEST(Classify, SeesWhatCallsOut) {
  EXPECT_TRUE(sql::classify("select dblink_exec('x', 'y')").calls_out);
  EXPECT_TRUE(sql::classify("copy t to program 'gzip'").calls_out);
  EXPECT_FALSE(sql::classify("copy t from stdin").calls_out);
}

// What comes after them may call out, whatever its words.
TEST(Classify, SeesWhatLetsOthersCallOut) {
  for (const char* statement : {"create server s foreign data wrapper w", "create extension if not exists postgres_fdw",
                                "create extension dblink", "create extension plpython3u with schema x",
                                "create or replace trusted procedural language l handler h"}) {
    EXPECT_TRUE(sql::classify(statement).calls_out) << statement;
  }
  EXPECT_FALSE(sql::classify("create extension pgcrypto").calls_out);
}

TEST(Classify, KnowsCopyFromStdin) {
  EXPECT_TRUE(sql::classify("copy t (a, b) from stdin with (format csv)").copy_from_stdin);
  EXPECT_FALSE(sql::classify("copy (select 1 from stdin) to stdout").copy_from_stdin);
}

TEST(Classify, GivesAVerbForProgress) {
  EXPECT_EQ(sql::classify("create or replace function f()").verb, "CREATE FUNCTION");
  EXPECT_EQ(sql::classify("create unique index i on t (a)").verb, "CREATE INDEX");
  EXPECT_EQ(sql::classify("insert into t values (1)").verb, "INSERT");
}

}  // namespace
