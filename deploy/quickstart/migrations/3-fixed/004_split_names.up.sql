alter table customers add column first_name text, add column last_name text;
update customers set first_name = split_part(name, ' ', 1), last_name = split_part(name, ' ', 2) where true;
