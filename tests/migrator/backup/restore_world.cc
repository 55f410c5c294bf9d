#include "tests/migrator/backup/restore_world.h"

#include <sstream>
#include <stdexcept>

namespace backup {
namespace {

using support::PostgresServer;

constexpr const char* kApplication = R"sql(
create extension citext;
create extension pgcrypto with schema public;
create schema app;
create schema "Odd Name";
create schema ext;
create extension hstore with schema ext;
create type app.mood as enum ('glad', 'sad');
create domain app.percent as int check (value between 0 and 100);
create type app.pair as (a int, b text);
create type app.span as range (subtype = float8);
create table alembic_version (version_num varchar(255) primary key);
insert into alembic_version values ('3f2a9c');
create table users (id int generated always as identity primary key, name citext not null unique, mood app.mood,
  part app.percent, tags ext.hstore, made timestamptz default '2026-01-01', twice int generated always as (7 * 2) stored);
insert into users (name, mood, part, tags) select 'someone ' || n, 'glad', n % 100, 'a=>1' from generate_series(1, 500) n;
create table app.orders (id bigserial primary key, user_id int references users, note text, p app.pair);
insert into app.orders (user_id, note, p) select n, E'tab\there; back\\slash\n\\.', (n, 'x')::app.pair from generate_series(1, 300) n;
create table "Odd Name"."Table; drop" ("col ""x" int default 3);
insert into "Odd Name"."Table; drop" values (1), (null);
create table app.events (at date not null, what text) partition by range (at);
create table app.events_2026 partition of app.events for values from ('2026-01-01') to ('2027-01-01');
insert into app.events values ('2026-05-05', 'spring');
create index on app.orders (user_id) where note is not null;
create view app.glad as select id, name from users where mood = 'glad' and name <> E'a;\'b';
create materialized view app.counted as select count(*) from users;
create function app.add(a int, b int) returns int language sql begin atomic select a + b; end;
create function app.touch() returns trigger language plpgsql as $body$ begin new.note := new.note || ';'; return new; end; $body$;
create trigger touch before insert on app.orders for each row execute function app.touch();
create procedure app.nothing() language sql as 'select 1;';
create aggregate app.total (int) (sfunc = int4pl, stype = int, initcond = '0');
create operator app.<+> (leftarg = int, rightarg = int, function = app.add);
create rule quiet as on insert to app.glad do instead (delete from app.orders where false; select 1;);
create sequence counter start 10;
select nextval('counter');
create collation app.plain (locale = 'C');
create text search configuration app.search (copy = simple);
create statistics app.both on id, mood from users;
alter table users enable row level security;
create policy mine on users using (true);
comment on table users is 'who; they are';
grant select on users to public;
alter default privileges in schema app grant select on tables to public;
select lo_from_bytea(424242, 'a large object');
)sql";

constexpr const char* kMigration = R"sql(
update alembic_version set version_num = 'bad000';
create extension pg_trgm;
create schema billing;
create table billing.invoices (id int primary key, order_id bigint references app.orders);
create table late (id int primary key, user_id int references users);
create view app.late_users as select * from users;
alter table app.orders drop column note;
alter type app.mood add value 'angry';
delete from users where id > 450 and id not in (select user_id from app.orders);
insert into users (name) values ('written after the backup');
drop table "Odd Name"."Table; drop";
drop view app.glad;
drop extension pgcrypto;
create function public.fresh(users) returns int language sql as 'select 1';
create table public.odd (of_type app.pair);
alter default privileges in schema public grant all on tables to public;
select lo_unlink(424242);
select lo_from_bytea(434343, 'another');
create cast (app.pair as text) with inout;
)sql";

std::string name_of(const std::string& url) { return target_of(url).database(); }

}  // namespace

postgres::Target target_of(const std::string& url) { return postgres::Target::parse(url); }

RestoreWorld& RestoreWorld::shared() {
  static RestoreWorld world;
  return world;
}

RestoreWorld::RestoreWorld() {
  PostgresServer& server = PostgresServer::shared();
  before_ = server.new_database();
  PostgresServer::psql(before_, kApplication);
  state_ = state(before_);
  Request request;
  request.folder = folder_.path();
  request.ledger = "public.alembic_version";
  request.read_heads = [](auto&) { return std::vector<std::string>{"3f2a9c"}; };
  request.run = "r0";
  make(target_of(before_), request);
  PostgresServer::psql(before_, kMigration);
}

std::string RestoreWorld::migrated() const {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.new_database();
  const std::string name = name_of(url);
  const std::string maintenance = server.url("postgres");
  PostgresServer::psql(maintenance, "drop database \"" + name + "\"");
  PostgresServer::psql(maintenance, "create database \"" + name + "\" template \"" + name_of(before_) + "\"");
  return url;
}

std::string RestoreWorld::migrated_owned_by(const std::string& role, const std::string& attributes) const {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.new_database();
  const std::string as_role = server.url_as(url, role, "a-secret-password");
  PostgresServer::psql(url, "alter role \"" + role + "\" " + attributes + "; alter database \"" + name_of(url) +
                                "\" owner to \"" + role + "\"");
  PostgresServer::psql(as_role,
                       "create table alembic_version (version_num varchar(255) primary key);"
                       "insert into alembic_version values ('3f2a9c'); create table users (id int primary key, n text);"
                       "insert into users select n, 'x' from generate_series(1, 100) n");
  return as_role;
}

std::string RestoreWorld::state(const std::string& url) {
  const support::Finished dumped = support::run_program({"pg_dump", "--dbname=" + url, "--exclude-schema=journal"});
  if (dumped.code != 0) throw std::runtime_error(dumped.err);
  std::stringstream lines(dumped.out);
  std::string text;
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("\\restrict", 0) != 0 && line.rfind("\\unrestrict", 0) != 0) text += line + "\n";
  return text;
}

std::string RestoreWorld::database_names_like(const std::string& url) const {
  return PostgresServer::psql(
      PostgresServer::shared().url("postgres"),
      "select string_agg(datname, ',' order by datname) from pg_database where datname like '" + name_of(url) + "%'");
}

}  // namespace backup
