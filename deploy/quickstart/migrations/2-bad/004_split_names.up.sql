-- A mistake: the name is dropped before it was copied.
alter table customers add column first_name text, add column last_name text;
alter table customers drop column name;
