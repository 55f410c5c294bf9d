-- Every file is one revision; its number says the order. The file and the row that says "applied" commit together.
create table customers (
    id bigint generated always as identity primary key,
    name text not null,
    email text not null
);
